import { describe, expect, it } from 'vitest';
import { addWork } from './owed-work';

const work = (kind: string, count: bigint, oldestMicros?: bigint) => ({
  kind,
  count,
  ...(oldestMicros !== undefined && { oldestMicros }),
});

describe('addWork', () => {
  it('adds up what was told bit by bit, and keeps the oldest', () => {
    expect(addWork([work('purges', 2n, 9n), work('outbox', 5n, 1n), work('purges', 4n, 7n)])).toEqual([
      { kind: 'purges', count: 6, oldestMicros: 7n },
      { kind: 'outbox', count: 5, oldestMicros: 1n },
    ]);
  });

  it('leaves out what there is nothing of', () => {
    expect(addWork([work('purges', 0n)])).toEqual([]);
  });
});
