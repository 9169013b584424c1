import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { LetterGroupSchema } from '../../gen/picup/operations/v1/dead_letters_pb';
import { OutboxStatusSchema } from '../../gen/picup/operations/v1/outbox_pb';
import { GenerationSchema, ProjectionSchema } from '../../gen/picup/operations/v1/projections_pb';
import { builtFraction, lagOf, problemsOf } from './health';

const outbox = (waiting: bigint, oldestAgeMicros: bigint, unrouted = 0n) =>
  create(OutboxStatusSchema, { waiting, oldestAgeMicros, unrouted });
const projection = (state: string, consumers: number) =>
  create(ProjectionSchema, {
    name: 'album-listings',
    generations: [create(GenerationSchema, { state, queues: { waiting: 2, retrying: 1, consumers } })],
  });
const kinds = (known: Parameters<typeof problemsOf>[0]) => problemsOf(known).map(({ kind }) => kind);

describe('problemsOf', () => {
  it('finds nothing wrong with what is idle, busy or not told', () => {
    expect(kinds({})).toEqual([]);
    expect(kinds({ outbox: outbox(0n, 0n), projections: [projection('live', 1)], groups: [] })).toEqual([]);
    expect(kinds({ outbox: outbox(500n, 2_000_000n) })).toEqual([]);
  });

  it('finds events that the bus does not take', () => {
    expect(problemsOf({ outbox: outbox(3n, 65_000_000n, 2n) })).toEqual([
      { kind: 'outboxStuck', seconds: 65 },
      { kind: 'unrouted', count: 2 },
    ]);
  });

  it('finds a live read model that nobody works for', () => {
    expect(kinds({ projections: [projection('live', 0)] })).toEqual(['nobodyReads']);
    expect(kinds({ projections: [projection('retired', 0)] })).toEqual([]);
  });

  it('adds up dead letters', () => {
    const groups = [2n, 3n].map((letters) => create(LetterGroupSchema, { letters }));
    expect(problemsOf({ groups, blocked: 1n })).toEqual([
      { kind: 'deadLetters', count: 5 },
      { kind: 'blocked', count: 1 },
    ]);
  });
});

describe('a generation', () => {
  it('lags by what waits and what is tried again', () => {
    expect(lagOf(create(GenerationSchema, { queues: { waiting: 2, retrying: 1 } }))).toBe(3);
    expect(lagOf(create(GenerationSchema))).toBeUndefined();
  });

  it('is built as far as the log has been read', () => {
    expect(builtFraction(create(GenerationSchema, { scannedTo: 50n, scanEnd: 200n }))).toBe(0.25);
    expect(builtFraction(create(GenerationSchema))).toBe(0);
    expect(builtFraction(create(GenerationSchema, { scannedTo: 9n, scanEnd: 5n }))).toBe(1);
  });
});
