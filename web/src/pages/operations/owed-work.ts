import type { Work } from '../../gen/picup/operations/v1/audit_pb';

/** Work of one kind that waits. */
export interface OwedWork {
  readonly kind: string;
  readonly count: number;
  readonly oldestMicros: bigint | undefined;
}

/** Adds up what was told bit by bit; kinds of which there is nothing are left out. The most comes first. */
export function addWork(found: readonly Pick<Work, 'kind' | 'count' | 'oldestMicros'>[]): OwedWork[] {
  const byKind = new Map<string, OwedWork>();
  for (const { kind, count, oldestMicros } of found) {
    const before = byKind.get(kind);
    byKind.set(kind, {
      kind,
      count: (before?.count ?? 0) + Number(count),
      oldestMicros: earlier(before?.oldestMicros, oldestMicros),
    });
  }
  return [...byKind.values()]
    .filter(({ count }) => count > 0)
    .sort((left, right) => right.count - left.count);
}

function earlier(left: bigint | undefined, right: bigint | undefined): bigint | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return left < right ? left : right;
}
