import { describe, expect, it } from 'vitest';
import { daysLeft } from './time-left';

const DAY = 86_400_000_000n;

describe('daysLeft', () => {
  it('counts the day that has begun', () => {
    expect(daysLeft(30n * DAY, 0n)).toBe(30);
    expect(daysLeft(30n * DAY, 1n)).toBe(30);
    expect(daysLeft(30n * DAY, DAY)).toBe(29);
    expect(daysLeft(1n, 0n)).toBe(1);
  });

  it('is 0 when the time is over', () => {
    expect(daysLeft(5n, 5n)).toBe(0);
    expect(daysLeft(5n, DAY)).toBe(0);
  });
});
