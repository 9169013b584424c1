import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { takeTurns } from './leadership';
import type { Lease } from './queue-store';

let held: Lease | undefined;
const store = {
  async lease(account: string, tab: string, now: number, milliseconds: number): Promise<boolean> {
    const isFree = !held || held.tab === tab || held.endsAt < now;
    if (isFree) held = { account, tab, endsAt: now + milliseconds };
    return isFree;
  },
};

beforeEach(() => {
  held = undefined;
  vi.useFakeTimers();
  // As where the page came by plain http.
  vi.stubGlobal('navigator', {});
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function openTab(): { close: () => void; leads: () => boolean } {
  const closing = new AbortController();
  let turn: AbortSignal | undefined;
  const lead = async (signal: AbortSignal) => void (turn = signal);
  void takeTurns('account', store, lead, closing.signal);
  return { close: () => closing.abort(), leads: () => turn !== undefined && !turn.aborted };
}

test('without locks one tab leads, and another takes over when it is closed', async () => {
  const first = openTab();
  await vi.advanceTimersByTimeAsync(0);
  const second = openTab();
  await vi.advanceTimersByTimeAsync(60_000);
  expect([first.leads(), second.leads()]).toEqual([true, false]);
  first.close();
  await vi.advanceTimersByTimeAsync(5_000);
  expect([first.leads(), second.leads()]).toEqual([false, true]);
  second.close();
});

test('a tab that slept too long stands back', async () => {
  const first = openTab();
  await vi.advanceTimersByTimeAsync(0);
  held = { account: 'account', tab: 'another', endsAt: Date.now() + 60_000 };
  await vi.advanceTimersByTimeAsync(5_000);
  expect(first.leads()).toBe(false);
  first.close();
});
