import { secondsLeft } from './meter';
import { isActive, isOpen, isStored, needsAttention, type Stage, type UploadView } from './model';

/** The whole queue in a few numbers. */
export interface Summary {
  /** Files that are to be brought up or have been; those that need a decision are not among them. */
  readonly files: number;
  readonly bytes: number;
  readonly uploadedFiles: number;
  readonly uploadedBytes: number;
  readonly processedFiles: number;
  readonly attention: number;
  readonly active: number;
  readonly paused: number;
  readonly bytesPerSecond: number;
  readonly secondsLeft: number | undefined;
  /** What is going on, in one word. */
  readonly state: 'empty' | 'uploading' | 'paused' | 'processing' | 'attention' | 'done';
}

/** Stages that are shown together. */
export type GroupName = 'attention' | 'active' | 'paused' | 'waiting' | 'processing' | 'done';

/** The first files of a group, and how many there are. */
export interface Group {
  readonly name: GroupName;
  readonly count: number;
  readonly rows: readonly UploadView[];
}

const GROUPS: readonly GroupName[] = ['attention', 'active', 'paused', 'waiting', 'processing', 'done'];

/** Adds up a queue. */
export function summarize(views: Iterable<UploadView>, bytesPerSecond: number): Summary {
  const sums = { files: 0, bytes: 0, uploadedFiles: 0, uploadedBytes: 0, processedFiles: 0 };
  const counts = { attention: 0, active: 0, paused: 0, waiting: 0, processing: 0, done: 0 };
  let movingBytes = 0;
  for (const view of views) {
    const group = groupOf(view.stage);
    if (group) counts[group] += 1;
    if (!isOpen(view.stage) && !isStored(view.stage)) continue;
    const uploaded = uploadedBytes(view);
    sums.files += 1;
    sums.bytes += view.bytes;
    sums.uploadedBytes += uploaded;
    if (isStored(view.stage)) sums.uploadedFiles += 1;
    if (view.stage === 'done') sums.processedFiles += 1;
    if (view.stage !== 'paused') movingBytes += view.bytes - uploaded;
  }
  const speed = counts.active > 0 ? bytesPerSecond : 0;
  return {
    ...sums,
    attention: counts.attention,
    active: counts.active,
    paused: counts.paused,
    bytesPerSecond: speed,
    secondsLeft: movingBytes > 0 ? secondsLeft(movingBytes, speed) : undefined,
    state: stateOf(counts),
  };
}

/** The files by what happens with them: at most so many of each group, the newest of those that are done. */
export function group(views: Iterable<UploadView>, limitOf: (name: GroupName) => number): Group[] {
  const rows = new Map<GroupName, UploadView[]>(GROUPS.map((name) => [name, []]));
  for (const view of views) {
    const name = groupOf(view.stage);
    if (name) rows.get(name)?.push(view);
  }
  const groups = GROUPS.map((name) => {
    const all = rows.get(name) ?? [];
    const shown = name === 'done' ? all.slice(-limitOf(name)).reverse() : all.slice(0, limitOf(name));
    return { name, count: all.length, rows: shown };
  });
  return groups.filter(({ count }) => count > 0);
}

/** How much of a file is on the other side. */
export function uploadedBytes({ stage, bytes, reached }: UploadView): number {
  if (stage === 'uploading' || stage === 'paused') return Math.min(reached, bytes);
  return stage === 'verifying' || isStored(stage) ? bytes : 0;
}

/** The group of a stage; none for what is being taken out. */
export function groupOf(stage: Stage): GroupName | undefined {
  if (needsAttention(stage)) return 'attention';
  if (isActive(stage)) return 'active';
  switch (stage) {
    case 'waiting':
    case 'paused':
    case 'processing':
    case 'done':
      return stage;
    default:
      return undefined;
  }
}

function stateOf(counts: Readonly<Record<GroupName, number>>): Summary['state'] {
  if (counts.active > 0 || counts.waiting > 0) return 'uploading';
  if (counts.paused > 0) return 'paused';
  if (counts.processing > 0) return 'processing';
  if (counts.attention > 0) return 'attention';
  return counts.done > 0 ? 'done' : 'empty';
}
