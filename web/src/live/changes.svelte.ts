import { clients } from '../api/clients';
import { isCanceled } from '../api/errors';
import { backoff, sleep, untilOnline } from '../api/retry';

/** While nothing is told, those who listen are asked to look for themselves this often. */
const LOOK_EVERY = 15_000;

/** Hears which albums have changed, themselves or in what is in them; `undefined` means: any may have. */
export type ChangeListener = (albumIds: readonly string[] | undefined) => void;

/**
 * Tells what changes in the account, here and on other devices, as it happens. It listens only while the page is
 * seen: a browser has few connections to give. Afterwards it goes on from where it was.
 */
class LiveChanges {
  /** Whether changes are being told. */
  connected = $state(false);
  readonly #listeners = new Set<ChangeListener>();
  #position = '';
  #abort: AbortController | undefined;

  /** Begins to listen; answers how to stop. */
  start(): () => void {
    const follow = () => (document.hidden ? this.#pause() : this.#resume());
    document.addEventListener('visibilitychange', follow);
    follow();
    return () => {
      document.removeEventListener('visibilitychange', follow);
      this.#pause();
      this.#position = '';
    };
  }

  /** Has somebody told; answers how to stop that. */
  listen(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #pause(): void {
    this.#abort?.abort();
    this.#abort = undefined;
    this.connected = false;
  }

  #resume(): void {
    if (this.#abort) return;
    this.#abort = new AbortController();
    void this.#follow(this.#abort.signal);
  }

  async #follow(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      try {
        await this.#read(signal, () => (failures = 0));
      } catch (error) {
        if (signal.aborted || isCanceled(error)) return;
        failures += 1;
        this.connected = false;
        const pause = Math.min(backoff(failures, undefined) * failures, LOOK_EVERY);
        await Promise.race([sleep(pause, signal).catch(() => undefined), untilOnline()]);
        if (failures > 2 && !signal.aborted) this.#tell(undefined);
      }
    }
  }

  /** Reads one stream to its end. The services end it after a while; the next one begins where it ended. */
  async #read(signal: AbortSignal, wellDone: () => void): Promise<void> {
    const request = { position: this.#position };
    for await (const answer of clients.albumQueries.watchChanges(request, { signal, timeoutMs: 0 })) {
      wellDone();
      this.connected = true;
      this.#position = answer.position;
      if (answer.albumIds.length > 0) this.#tell(answer.albumIds);
    }
  }

  #tell(albumIds: readonly string[] | undefined): void {
    for (const listener of this.#listeners) listener(albumIds);
  }
}

/** The changes that this tab hears of. */
export const liveChanges = new LiveChanges();
