import { describe, expect, it } from 'vitest';
import { formatBytes, formatDate, formatDuration, formatNumber } from '.';

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [999_600, '1 MB'],
    [3_440_000, '3.4 MB'],
    [12_600_000, '13 MB'],
    [5_000_000_000_000n, '5 TB'],
  ])('%s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));
});

describe('formatDuration', () => {
  it.each([
    [7_400, '0:07'],
    [750_000n, '12:30'],
    [3_723_000, '1:02:03'],
  ])('%s', (milliseconds, text) => expect(formatDuration(milliseconds)).toBe(text));
});

it('separates thousands', () => expect(formatNumber(1_234_567)).toBe('1,234,567'));

it('keeps to the camera’s clock where it is asked to', () => {
  expect(formatDate(1_735_689_600_000_000n, 'month', 'UTC')).toBe('January 2025');
});
