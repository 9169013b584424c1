import { newCommandId } from '../api/command-id';
import { sleep } from '../api/retry';
import type { QueueStore } from './queue-store';

/** Where tabs see each other's leases. */
export type LeaseStore = Pick<QueueStore, 'lease'>;

const LEASE = 15_000;
const RENEW_EVERY = 4_000;

/**
 * Has one tab at a time do the uploading: runs `lead` when it is this tab's turn, with a signal that ends it. When
 * that tab is closed or killed, another one takes over.
 */
export async function takeTurns(
  account: string,
  store: LeaseStore,
  lead: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  // Locks are missing where the page came by plain http.
  const turns = 'locks' in navigator ? byLock(account, lead, signal) : byLease(account, store, lead, signal);
  await turns.catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}

async function byLock(
  account: string,
  lead: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  await navigator.locks.request(`picup-uploads:${account}`, { signal }, async () => {
    await lead(signal);
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  });
}

/**
 * A tab that the browser has put to sleep may lose its lease without noticing. Then two tabs upload for a while, which
 * wastes bytes but harms nothing: both send the same commands and the same parts.
 */
async function byLease(
  account: string,
  store: LeaseStore,
  lead: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const tab = newCommandId();
  let turn: AbortController | undefined;
  signal.addEventListener('abort', () => void store.lease(account, tab, Date.now(), 0), { once: true });
  for (;;) {
    const isOurs = await store.lease(account, tab, Date.now(), LEASE);
    if (!isOurs) turn = void turn?.abort();
    else if (!turn) {
      turn = new AbortController();
      await lead(AbortSignal.any([signal, turn.signal]));
    }
    await sleep(RENEW_EVERY, signal);
  }
}
