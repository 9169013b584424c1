import { isCanceled, isTransient, retryDelayOf } from '../../api/errors';
import { backoff, sleep } from '../../api/retry';
import type { SelectionProgress, SelectLettersResponse } from '../../gen/picup/operations/v1/dead_letters_pb';

/** Calls in a row that may fail before somebody is asked. */
const MOST_FAILURES = 5;

/** Which letters: those of a group, one, or all that wait. */
export interface Criteria {
  readonly consumer?: string;
  readonly fingerprint?: string;
  readonly ids?: bigint[];
  readonly all?: boolean;
}

/** One call on a selection: the services work on it for some seconds and say how far they are. */
export type Call = (
  continued: boolean,
  signal: AbortSignal,
) => AsyncIterable<{ readonly progress?: SelectionProgress | undefined }>;

export type RunState = 'freezing' | 'ready' | 'running' | 'finished' | 'stopped' | 'failed';

/** A frozen selection of dead letters, and the work on it. */
export class SelectionRun {
  state = $state<RunState>('freezing');
  selection = $state.raw<SelectLettersResponse>();
  progress = $state.raw<SelectionProgress>();
  error = $state.raw<unknown>();
  readonly #abort = new AbortController();

  constructor(readonly pause: (milliseconds: number, signal: AbortSignal) => Promise<void> = sleep) {}

  /** Freezes what waits now, so that nothing is touched that was not seen. */
  async freeze(select: () => Promise<SelectLettersResponse>): Promise<void> {
    this.state = 'freezing';
    try {
      this.selection = await select();
      this.state = 'ready';
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Works on the selection to its end. `goesOn` says that it is the same run as before. */
  async work(call: Call, goesOn = false): Promise<void> {
    this.state = 'running';
    const { signal } = this.#abort;
    let continued = goesOn;
    let failures = 0;
    while (this.state === 'running' && !signal.aborted) {
      try {
        for await (const { progress } of call(continued, signal)) {
          failures = 0;
          continued = true;
          if (progress) this.progress = progress;
        }
        if (this.progress?.finished) this.state = 'finished';
        else if (this.progress?.stopped) this.state = 'stopped';
      } catch (error) {
        failures += 1;
        if (!isTransient(error) || failures >= MOST_FAILURES) this.#fail(error);
        else await this.pause(backoff(failures, retryDelayOf(error)), signal).catch(() => undefined);
      }
    }
  }

  /** Asks no more. What was sent is sent. */
  leave(): void {
    this.#abort.abort();
  }

  #fail(error: unknown): void {
    if (isCanceled(error)) return;
    this.error = error;
    this.state = 'failed';
  }
}
