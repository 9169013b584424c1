import { describe, expect, it } from 'vitest';
import { fullness, portionsOf } from './portions';

const usage = (quotaBytes: bigint, storedBytes: bigint, trashBytes: bigint, reservedBytes: bigint) => ({
  quotaBytes,
  storedBytes,
  trashBytes,
  reservedBytes,
});

describe('portionsOf', () => {
  it('adds up to the quota, with the trash apart from the albums', () => {
    const portions = portionsOf(usage(1000n, 500n, 100n, 50n));
    expect(portions.map(({ name, bytes }) => [name, bytes])).toEqual([
      ['albums', 400n],
      ['trash', 100n],
      ['reserved', 50n],
      ['free', 450n],
    ]);
    expect(portions.reduce((sum, { fraction }) => sum + fraction, 0)).toBeCloseTo(1);
  });

  it('has nothing free where the quota was lowered', () => {
    const portions = portionsOf(usage(100n, 300n, 100n, 0n));
    expect(portions.map(({ bytes }) => bytes)).toEqual([200n, 100n, 0n, 0n]);
    expect(portions[0]?.fraction).toBeCloseTo(2 / 3);
  });

  it('divides nothing where there is nothing', () => {
    expect(portionsOf(usage(0n, 0n, 0n, 0n)).every(({ fraction }) => fraction === 0)).toBe(true);
  });
});

describe('fullness', () => {
  it('counts what is reserved, too', () => {
    expect(fullness(usage(1000n, 500n, 100n, 400n))).toBe(0.9);
    expect(fullness(usage(100n, 300n, 0n, 0n))).toBe(3);
    expect(fullness(usage(0n, 0n, 0n, 0n))).toBe(1);
  });
});
