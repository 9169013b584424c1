import {
  Code,
  ConnectError,
  createClient,
  createRouterTransport,
  type Interceptor,
} from '@connectrpc/connect';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { RetryInfoSchema } from '../gen/google/rpc/error_details_pb';
import { AccountQueries } from '../gen/picup/queries/v1/account_pb';
import { isNetworkFailure, isTransient, OFFLINE, reasonOf, retryDelayOf } from './errors';
import { backoff, retry, sleep } from './retry';

const delayed = (code: Code) =>
  new ConnectError('busy', code, undefined, [
    { desc: RetryInfoSchema, value: { retryDelay: { seconds: 1n, nanos: 500_000_000 } } },
  ]);

describe('what is tried again', () => {
  it('is what may work later', () => {
    expect(isTransient(new ConnectError('', Code.Unavailable))).toBe(true);
    expect(isTransient(new ConnectError('', Code.DeadlineExceeded))).toBe(true);
    expect(isTransient(new ConnectError('', Code.NotFound))).toBe(false);
    expect(isTransient(new Error('a mistake'))).toBe(false);
  });

  it('is no full quota: that names no delay', () => {
    expect(isTransient(new ConnectError('full', Code.ResourceExhausted))).toBe(false);
  });

  it('is what never reached anybody', () => {
    const error = ConnectError.from(new TypeError('Failed to fetch'));
    expect(isNetworkFailure(error)).toBe(true);
    expect(isTransient(error)).toBe(true);
    expect(reasonOf(error)).toBe(OFFLINE);
  });
});

describe('backoff', () => {
  it('grows to a bound', () => {
    const middle = () => 0.5;
    expect([1, 2, 3, 10].map((attempt) => backoff(attempt, undefined, middle))).toEqual([
      150, 300, 600, 3750,
    ]);
  });

  it('waits as long as it is asked to', () => expect(backoff(1, 10_000)).toBe(10_000));
});

describe('retry', () => {
  afterEach(() => void vi.useRealTimers());

  /** Asks a service whose connection breaks so often first; answers how often it was asked. */
  async function askOver(failures: number): Promise<number> {
    vi.useFakeTimers();
    let asked = 0;
    const breaking: Interceptor = (next) => (request) => {
      asked += 1;
      // As `fetch` says it.
      if (asked <= failures) throw new TypeError('Failed to fetch');
      return next(request);
    };
    const transport = createRouterTransport(
      ({ service }) => service(AccountQueries, { getUsage: () => ({}) }),
      {
        transport: { interceptors: [retry, breaking] },
      },
    );
    const asking = createClient(AccountQueries, transport)
      .getUsage({})
      .catch(() => undefined);
    await vi.runAllTimersAsync();
    await asking;
    return asked;
  }

  it('survives a connection that breaks', async () => expect(await askOver(2)).toBe(3));

  it('gives up after a while', async () => expect(await askOver(100)).toBe(5));
});

it('sleeps no longer than anybody waits', async () => {
  const abort = new AbortController();
  const sleeping = sleep(60_000, abort.signal);
  abort.abort(new Error('enough'));
  await expect(sleeping).rejects.toThrow('enough');
});

it('reads the delay that a service asks for, and tries again where there is one', () => {
  expect(retryDelayOf(delayed(Code.ResourceExhausted))).toBe(1500);
  expect(isTransient(delayed(Code.ResourceExhausted))).toBe(true);
});
