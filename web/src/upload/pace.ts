import { sleep } from '../api/retry';

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30_000;
/** Tries in a row without any progress. With these pauses that is about two and a half minutes. */
const MOST_TRIES = 9;

/** Waits as long as the browser knows that it has no network. */
export async function untilOnline(signal: AbortSignal): Promise<void> {
  if (navigator.onLine) return;
  await new Promise<void>((resolve, reject) => {
    const stop = new AbortController();
    const end = (settle: () => void) => () => {
      stop.abort();
      settle();
    };
    addEventListener('online', end(resolve), { signal: stop.signal });
    signal.addEventListener(
      'abort',
      end(() => reject(signal.reason)),
      { signal: stop.signal },
    );
  });
}

/** How trouble that may pass is waited out: longer each time, and not forever. */
export interface Pace {
  /** Waits after so many tries. Answers how many of them count from now on; undefined when there are to be no more. */
  rest(tries: number, signal: AbortSignal): Promise<number | undefined>;
}

/** Doubles the pauses, with jitter. A lost network costs no tries: it goes on by itself when it is back. */
export const patientPace: Pace = {
  async rest(tries, signal) {
    if (!navigator.onLine) {
      await untilOnline(signal);
      return 0;
    }
    if (tries >= MOST_TRIES) return undefined;
    const pause = Math.min(FIRST_PAUSE * 2 ** (tries - 1), LONGEST_PAUSE);
    // Being online again is as good as the end of the pause.
    const woken = new AbortController();
    const wake = () => woken.abort();
    addEventListener('online', wake, { once: true });
    const either = AbortSignal.any([signal, woken.signal]);
    await sleep(pause * (0.5 + Math.random() / 2), either).catch(() => signal.throwIfAborted());
    removeEventListener('online', wake);
    return tries;
  },
};

/** Does something until it works, as long as its trouble may pass. */
export async function persistently<Result>(
  work: () => Promise<Result>,
  mayPass: (error: unknown) => boolean,
  pace: Pace,
  signal: AbortSignal,
): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted || !mayPass(error)) throw error;
      const counting = await pace.rest(tries, signal);
      if (counting === undefined) throw error;
      tries = counting;
    }
  }
}
