import type { LetterGroup } from '../../gen/picup/operations/v1/dead_letters_pb';
import type { OutboxStatus } from '../../gen/picup/operations/v1/outbox_pb';
import type { Generation, Projection } from '../../gen/picup/operations/v1/projections_pb';

/** An event that waits longer is one that the bus does not take. */
const STUCK_AFTER = 10_000_000n;

/** What is known of the system; undefined is what has not been told. */
export interface Known {
  readonly outbox?: OutboxStatus | undefined;
  readonly projections?: readonly Projection[] | undefined;
  readonly blocked?: bigint | undefined;
  readonly groups?: readonly LetterGroup[] | undefined;
}

/** Something that an operator has to see to, the most urgent first. */
export type Problem =
  | { readonly kind: 'outboxStuck'; readonly seconds: number }
  | { readonly kind: 'unrouted'; readonly count: number }
  | { readonly kind: 'nobodyReads'; readonly projection: string }
  | { readonly kind: 'deadLetters'; readonly count: number }
  | { readonly kind: 'blocked'; readonly count: number };

/** What is wrong, as far as is known. */
export function problemsOf({ outbox, projections = [], blocked = 0n, groups = [] }: Known): Problem[] {
  const problems: Problem[] = [];
  if (outbox && isStuck(outbox)) {
    problems.push({ kind: 'outboxStuck', seconds: Number(outbox.oldestAgeMicros / 1_000_000n) });
  }
  if (outbox?.unrouted) problems.push({ kind: 'unrouted', count: Number(outbox.unrouted) });
  for (const { name, generations } of projections) {
    if (generations.some(isUnread)) problems.push({ kind: 'nobodyReads', projection: name });
  }
  const letters = groups.reduce((sum, group) => sum + group.letters, 0n);
  if (letters > 0n) problems.push({ kind: 'deadLetters', count: Number(letters) });
  if (blocked > 0n) problems.push({ kind: 'blocked', count: Number(blocked) });
  return problems;
}

/** Whether events wait that the bus does not take. */
export function isStuck({ waiting, oldestAgeMicros }: OutboxStatus): boolean {
  return waiting > 0n && oldestAgeMicros > STUCK_AFTER;
}

/** Whether nobody works off the queue of what people see. */
export function isUnread({ state, queues }: Generation): boolean {
  return state === 'live' && queues !== undefined && queues.consumers === 0;
}

/** Events that a generation has not applied: what waits in its queues. */
export function lagOf({ queues }: Generation): number | undefined {
  return queues && queues.waiting + queues.retrying;
}

/** How far the log has been read, from 0 to 1, while a generation is built. */
export function builtFraction({ scannedTo, scanEnd }: Generation): number {
  return scanEnd === 0n ? 0 : Math.min(Number(scannedTo) / Number(scanEnd), 1);
}
