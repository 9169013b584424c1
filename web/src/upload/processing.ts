import { isSignedOut } from './upload-file';
import type { Backend, Processing } from './backend';
import type { Entries, Entry } from './entries';
import type { Problem } from './model';

const FIRST_PAUSE = 700;
const LONGEST_PAUSE = 15_000;
const GROWTH = 1.4;
/** As many as one question may name. */
const ASKED_AT_ONCE = 500;
/** After so long nobody waits for the pictures any more; they come all the same. */
const WAITED_FOR = 10 * 60_000;

/** Watches over what is stored until its pictures are made: often at first, then more seldom. */
export class ProcessingWatch {
  readonly #entries: Entries;
  readonly #backend: Backend;
  #pause = FIRST_PAUSE;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the next question is due; never while there is nothing to ask for. */
  #dueAt = Infinity;
  #asking = false;
  #stopped = false;

  constructor(entries: Entries, backend: Backend) {
    this.#entries = entries;
    this.#backend = backend;
  }

  /** Something was stored: it is worth asking soon. */
  wake(): void {
    this.#pause = FIRST_PAUSE;
    // A question that comes sooner stays: many files in a row must not put it off again and again.
    if (this.#dueAt - performance.now() > FIRST_PAUSE) this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#asking || this.#stopped) return;
    this.#dueAt = performance.now() + this.#pause;
    this.#timer = setTimeout(() => void this.#ask(), this.#pause);
  }

  async #ask(): Promise<void> {
    const waiting = this.#entries.in('processing').slice(0, ASKED_AT_ONCE);
    this.#dueAt = Infinity;
    if (waiting.length === 0) return;
    this.#asking = true;
    this.#pause = Math.min(this.#pause * GROWTH, LONGEST_PAUSE);
    try {
      const stored = waiting.flatMap(({ record: { mediaId, fingerprint } }) =>
        fingerprint ? [{ mediaId, sha256: fingerprint.sha256 }] : [],
      );
      await this.#settle(waiting, await this.#backend.processing(stored));
    } catch (error) {
      // The pictures are made whether or not anybody asks; whoever signs in again asks on.
      if (isSignedOut(error)) this.#stopped = true;
    }
    this.#asking = false;
    this.#schedule();
  }

  async #settle(waiting: readonly Entry[], found: readonly Processing[]): Promise<void> {
    const byMedia = new Map(found.map((one) => [one.mediaId, one]));
    const outcome = ({ record }: Entry): 'ready' | Problem | undefined => {
      const one = byMedia.get(record.mediaId);
      if (one?.state === 'ready') return 'ready';
      if (one?.state === 'failed') return { code: 'pictures', reason: one.reason, message: one.message };
      return Date.now() - record.storedAt > WAITED_FOR ? { code: 'pictures-late' } : undefined;
    };
    const ready = waiting.filter((entry) => outcome(entry) === 'ready');
    await this.#entries.save(ready, { stage: 'done' });
    for (const entry of waiting) {
      const problem = outcome(entry);
      if (typeof problem === 'object') await this.#entries.save([entry], { stage: 'done', problem });
    }
  }
}
