import { ConnectError, type Interceptor } from '@connectrpc/connect';
import { isTransient, retryDelayOf } from './errors';

const MOST_ATTEMPTS = 5;
const FIRST_DELAY = 200;
const LONGEST_DELAY = 5_000;

/** How long to wait after the attempt of this number (from 1). Jitter keeps many clients apart. */
export function backoff(
  attempt: number,
  asked: number | undefined,
  random: () => number = Math.random,
): number {
  const grown = Math.min(FIRST_DELAY * 2 ** (attempt - 1), LONGEST_DELAY);
  return Math.max(asked ?? 0, grown * (0.5 + random() / 2));
}

/** Waits, unless the caller gives up meanwhile. */
export function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abandon = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abandon);
      resolve();
    }, milliseconds);
    if (signal?.aborted) abandon();
    else signal?.addEventListener('abort', abandon, { once: true });
  });
}

/** Waits until the browser has a network again. */
export function untilOnline(): Promise<void> {
  return new Promise((resolve) => addEventListener('online', () => resolve(), { once: true }));
}

/**
 * Tries again what may work later: every command carries an id and every query may be asked twice. A refresh
 * token works once, so Refresh is left alone, and a stream's reader decides by itself.
 */
export const retry: Interceptor = (next) => async (request) => {
  if (request.stream || request.method.name === 'Refresh') return next(request);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await next(request);
    } catch (reason) {
      // In here a lost connection is still the bare error of `fetch`.
      const error = ConnectError.from(reason);
      if (attempt >= MOST_ATTEMPTS || !isTransient(error) || request.signal.aborted) throw reason;
      await sleep(backoff(attempt, retryDelayOf(error)), request.signal);
    }
  }
};
