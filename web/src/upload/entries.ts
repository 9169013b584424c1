import { Meter } from './meter';
import { isActive, type Progress, type Stage, type UploadRecord, type UploadView } from './model';
import type { QueueStore } from './queue-store';

/** Where records are kept. */
export type RecordStore = Pick<QueueStore, 'put' | 'remove'>;

/** What has changed since it was asked the last time. */
export interface Patch {
  readonly views: readonly UploadView[];
  readonly removed: readonly string[];
  /** Of all files together. */
  readonly bytesPerSecond: number;
}

/** A file of the queue as the tab that does the uploading knows it. */
export interface Entry {
  record: UploadRecord;
  /** The stage now; the record keeps only those that outlast the tab. */
  stage: Stage;
  reached: number;
  kept: number;
  readonly meter: Meter;
}

type Change = Partial<UploadRecord>;

/** What is shown of a file. */
export function viewOf(
  record: UploadRecord,
  stage = record.stage,
  reached = 0,
  bytesPerSecond = 0,
): UploadView {
  const { id, order, album, name, bytes, mediaId, problem, duplicate } = record;
  return { id, order, album, name, bytes, stage, mediaId, problem, duplicate, reached, bytesPerSecond };
}

/** The account's files, in memory and in the store, in the order in which they came. */
export class Entries {
  readonly #entries = new Map<string, Entry>();
  readonly #store: RecordStore;
  readonly #meter = new Meter(performance.now());
  #changed = new Set<string>();
  #removed: string[] = [];

  constructor(store: RecordStore) {
    this.#store = store;
  }

  /** Takes over what is stored already. */
  take(records: readonly UploadRecord[]): void {
    for (const record of records) {
      if (this.#entries.has(record.id)) continue;
      const meter = new Meter(performance.now());
      this.#entries.set(record.id, { record, stage: record.stage, reached: 0, kept: 0, meter });
      this.#changed.add(record.id);
    }
  }

  get(id: string): Entry | undefined {
    return this.#entries.get(id);
  }

  all(): IterableIterator<Entry> {
    return this.#entries.values();
  }

  in(...stages: Stage[]): Entry[] {
    return Array.from(this.#entries.values()).filter((entry) => stages.includes(entry.stage));
  }

  show(entry: Entry, stage: Stage, { reached = 0, fresh = 0, kept = 0 }: Partial<Progress> = {}): void {
    entry.stage = stage;
    entry.reached = reached;
    entry.kept = kept;
    if (fresh > 0) {
      entry.meter.add(fresh);
      this.#meter.add(fresh);
    }
    this.#changed.add(entry.record.id);
  }

  /** Changes records; what it resolves on is on disk. A stage that is given is the stage now, too. */
  async save(entries: readonly Entry[], changed: Change | (() => Change)): Promise<void> {
    for (const entry of entries) {
      const change = typeof changed === 'function' ? changed() : changed;
      entry.record = { ...entry.record, ...change };
      const { kept } = entry;
      if (change.stage)
        this.show(entry, change.stage, change.stage === 'paused' ? { reached: kept, kept } : {});
    }
    if (entries.length > 0) await this.#store.put(entries.map((entry) => entry.record));
  }

  async remove(entries: readonly Entry[]): Promise<void> {
    const ids = entries.map((entry) => entry.record.id);
    for (const id of ids) {
      this.#entries.delete(id);
      this.#changed.delete(id);
    }
    this.#removed.push(...ids);
    if (ids.length > 0) await this.#store.remove(ids);
  }

  /** What has changed since the last call; undefined where nothing has. */
  drain(now: number): Patch | undefined {
    // Where nothing moves the speed falls, and that is a change too.
    const isChanged = ({ stage, record }: Entry) => isActive(stage) || this.#changed.has(record.id);
    const changed = Array.from(this.#entries.values()).filter(isChanged);
    if (changed.length === 0 && this.#removed.length === 0) return undefined;
    const patch = {
      views: changed.map(({ record, stage, reached, meter }) =>
        viewOf(record, stage, reached, meter.read(now)),
      ),
      removed: this.#removed,
      bytesPerSecond: this.#meter.read(now),
    };
    this.#changed = new Set();
    this.#removed = [];
    return patch;
  }
}
