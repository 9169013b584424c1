import { describe, expect, it } from 'vitest';
import { datesFrom, endOf } from './expiry';

const NOW = new Date(2025, 10, 28, 12, 30, 45).getTime();
const DAY = 86_400_000;

describe('endOf', () => {
  it('counts days from now', () => {
    expect(endOf('day', '', NOW)).toBe(BigInt(NOW + DAY) * 1000n);
    expect(endOf('year', '', NOW)).toBe(BigInt(NOW + 365 * DAY) * 1000n);
  });

  it('takes a date in local time', () => {
    const end = new Date(2026, 0, 2, 18, 5).getTime();
    expect(endOf('date', '2026-01-02T18:05', NOW)).toBe(BigInt(end) * 1000n);
  });
});

describe('datesFrom', () => {
  it('leaves at least a minute and at most 366 days', () => {
    const { first, last, usual } = datesFrom(NOW);
    expect(first).toBe('2025-11-28T12:32');
    expect(new Date(last).getTime()).toBeLessThanOrEqual(NOW + 366 * DAY);
    expect(usual.slice(0, 10)).toBe('2025-12-28');
  });
});
