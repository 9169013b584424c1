import { BackendError } from './backend';
import type { Entries, Entry } from './entries';
import { equalChecksums } from './hashing';
import { type Action, allows, isActive, isStored, type UploadRecord } from './model';
import { ProcessingWatch } from './processing';
import type { Shelf } from './shelf';
import {
  announcementOf,
  type Ending,
  fresh,
  isSignedOut,
  type Tools,
  uploadFile,
  type Work,
} from './upload-file';

/** Files that are brought up at once. */
const FILES_AT_ONCE = 4;

/** What becomes of a duplicate that is wanted all the same. */
const KEPT = { stage: 'waiting', keepDuplicate: true, duplicate: undefined } as const;

/** Where the files' bytes are. */
export type Bytes = Pick<Shelf, 'file' | 'letGo'>;

interface Run {
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

/** Brings up the account's files, a few at a time. There is one in all tabs together. */
export class Runner {
  readonly #entries: Entries;
  readonly #shelf: Bytes;
  readonly #tools: Tools;
  readonly #processing: ProcessingWatch;
  readonly #runs = new Map<string, Run>();
  /** Set when this tab is not to bring up anything any more, or nobody is signed in. */
  #stopped = false;

  constructor(entries: Entries, shelf: Bytes, tools: Tools) {
    this.#entries = entries;
    this.#shelf = shelf;
    this.#tools = tools;
    this.#processing = new ProcessingWatch(entries, tools.backend);
  }

  /** Goes on with what there is. */
  async start(): Promise<void> {
    const entries = Array.from(this.#entries.all());
    // What was finished was shown; with nothing left beside it, it needs no place any more.
    if (entries.every(({ stage }) => stage === 'done')) await this.#entries.remove(entries);
    this.#processing.wake();
    this.pump();
    await this.comeBack();
  }

  /** Tries again what did not get through to the server. */
  async comeBack(): Promise<void> {
    const unreached = this.#entries.in('failed').filter(({ record }) => record.problem?.code === 'network');
    await this.perform('retry', ids(unreached));
    await this.#giveUp(this.#entries.in('cancelling'));
  }

  /** Stops at once. What is under way goes on wherever the queue is started next. */
  stop(): void {
    this.#stopped = true;
    this.#processing.stop();
    for (const { stop } of this.#runs.values()) stop.abort();
  }

  /** Begins as many as there are places for. */
  pump(): void {
    if (this.#stopped) return;
    for (const entry of this.#entries.all()) {
      if (this.#runs.size >= FILES_AT_ONCE) return;
      if (entry.stage === 'waiting' && !this.#runs.has(entry.record.id)) this.#begin(entry);
    }
  }

  /** Does what a person asks, for those of the files for which it makes sense. */
  async perform(action: Action, which: readonly string[]): Promise<void> {
    const entries = which.map((id) => this.#entries.get(id)).filter((entry) => entry !== undefined);
    const able = entries.filter(({ stage, record }) => allows({ stage, problem: record.problem }, action));
    switch (action) {
      case 'pause':
        for (const { record } of able) this.#runs.get(record.id)?.stop.abort();
        return this.#entries.save(able, { stage: 'paused' });
      case 'cancel':
        return this.#cancel(able);
      case 'keep-both':
        await this.#entries.save(able, () => ({ ...fresh(), ...KEPT }));
        return this.pump();
      case 'resume':
      case 'retry':
        await this.#entries.save(able, { stage: 'waiting', problem: undefined });
        return this.pump();
    }
  }

  /** Goes on with a file that was chosen again. */
  async reattached(id: string): Promise<void> {
    const entry = this.#entries.get(id);
    if (entry?.stage !== 'needs-file') return;
    await this.#entries.save([entry], { stage: 'waiting', reattached: true });
    this.pump();
  }

  #begin(entry: Entry): void {
    const stop = new AbortController();
    // The stage is set before the first wait, so that nobody begins it twice.
    this.#entries.show(entry, 'checking');
    const ended = this.#bringUp(entry, stop.signal).finally(() => {
      this.#runs.delete(entry.record.id);
      this.pump();
    });
    this.#runs.set(entry.record.id, { stop, ended });
  }

  async #bringUp(entry: Entry, signal: AbortSignal): Promise<void> {
    try {
      const ending = await uploadFile(this.#workOn(entry, signal), this.#tools, signal);
      // A pause that came too late does not undo what is done.
      if (signal.aborted && ending.stage !== 'processing') return;
      await this.#settle(entry, ending);
    } catch (error) {
      if (isActive(entry.stage)) this.#entries.show(entry, 'waiting');
      if (isSignedOut(error)) this.stop();
    }
  }

  #workOn(entry: Entry, signal: AbortSignal): Work {
    return {
      get record() {
        return entry.record;
      },
      save: (change) => this.#entries.save([entry], change),
      file: () => this.#shelf.file(entry.record.id),
      show: (stage, progress) => {
        if (!signal.aborted) this.#entries.show(entry, stage, progress);
      },
      twin: (sha256) => this.#twinOf(entry, sha256),
    };
  }

  #twinOf(entry: Entry, sha256: Uint8Array): UploadRecord | undefined {
    // Of two that are being checked at the same time, the one that came first goes on.
    const isTwin = ({ stage, record }: Entry) =>
      record.id !== entry.record.id &&
      isActive(stage) &&
      (stage !== 'checking' || record.order < entry.record.order) &&
      record.fingerprint !== undefined &&
      equalChecksums(record.fingerprint.sha256, sha256);
    return Array.from(this.#entries.all()).find(isTwin)?.record;
  }

  async #settle(entry: Entry, ending: Ending): Promise<void> {
    if (ending.stage !== 'processing') return this.#entries.save([entry], ending);
    await this.#entries.save([entry], { stage: 'processing', storedAt: Date.now() });
    await this.#shelf.letGo([entry.record.id]);
    this.#processing.wake();
  }

  /** Takes files out of the queue. What the server knows of them is abandoned first. */
  async #cancel(entries: readonly Entry[]): Promise<void> {
    const toAbandon = entries.filter(({ stage, record }) => !isStored(stage) && record.announced);
    const known = new Set(toAbandon);
    const running = entries.map(({ record }) => this.#runs.get(record.id)).filter((run) => run !== undefined);
    for (const { stop } of running) stop.abort();
    await this.#entries.save(toAbandon, { stage: 'cancelling' });
    await this.#entries.remove(entries.filter((entry) => !known.has(entry)));
    await this.#shelf.letGo(ids(entries));
    await Promise.all(running.map(({ ended }) => ended));
    await this.#giveUp(toAbandon);
  }

  /** Frees what is reserved for files. Where the server does not answer, that is done at the next start. */
  async #giveUp(entries: readonly Entry[]): Promise<void> {
    for (const entry of entries) {
      try {
        await this.#abandon(entry.record);
        await this.#entries.remove([entry]);
      } catch (error) {
        if (!(error instanceof BackendError) || error.transient || isSignedOut(error)) continue;
        // It was complete before: then it stays, as it would have a moment later.
        if (error.reason === 'UPLOAD_COMPLETE') await this.#settle(entry, { stage: 'processing' });
        else await this.#entries.remove([entry]);
      }
    }
  }

  async #abandon({ mediaId, commands, ...record }: UploadRecord): Promise<void> {
    const { backend } = this.#tools;
    let known = mediaId;
    if (!known && record.fingerprint) {
      // The announcement may have arrived although its answer did not: sent again, it tells which item it is.
      const announcement = announcementOf({ ...record, mediaId, commands }, record.fingerprint);
      const started = await backend.start(announcement, new AbortController().signal);
      if (started.state !== 'gone' && started.state !== 'duplicate') known = started.mediaId;
    }
    if (known) await backend.abandon(commands.abandon, known, 'cancelled');
  }
}

function ids(entries: readonly Entry[]): string[] {
  return entries.map(({ record }) => record.id);
}
