import { newCommandId } from '../api/command-id';
import { sleep } from '../api/retry';
import { type Announcement, type Backend, BackendError, type SignedPut, type Started } from './backend';
import { type Hash, NoWorkerError, UnreadableError } from './hasher';
import { equalChecksums } from './hashing';
import type { Commands, Duplicate, Fingerprint, Problem, Progress, Stage, UploadRecord } from './model';
import { type Pace, persistently } from './pace';
import { plannedPartBytes } from './part-plan';
import type { Places } from './places';
import { isPassingPut, type Put, PutError } from './put';
import { putParts } from './put-parts';

/** How often an upload that ended on the way, for example because it was abandoned elsewhere, is begun anew. */
const MOST_LOOKS = 5;
const ASK_AGAIN_AFTER = 300;

const WORTH_ANOTHER_LOOK = new Set(['UPLOAD_MISSING', 'PARTS_MISSING', 'UPLOAD_COMPLETE', 'UPLOAD_OVER']);
const NOT_AS_ANNOUNCED = new Set(['CONTENT_MISMATCH', 'UPLOAD_MISMATCH']);

/** What bringing up a file needs from around it. */
export interface Tools {
  readonly backend: Backend;
  readonly hash: Hash;
  readonly put: Put;
  readonly pace: Pace;
  /** Bounds the PUTs under way of all files together. */
  readonly places: Places;
}

/** The file that is being brought up, as the queue has it. */
export interface Work {
  readonly record: UploadRecord;
  /** Changes the record; what it resolves on is on disk. */
  save(change: Partial<UploadRecord>): Promise<void>;
  /** Its bytes; undefined where they are not at hand any more. */
  file(): Promise<Blob | undefined>;
  /** Shows the stage and how far it is. */
  show(stage: Stage, progress?: Partial<Progress>): void;
  /** Another file of the queue with these bytes that is on its way already. */
  twin(sha256: Uint8Array): UploadRecord | undefined;
}

/** How it ended for now. */
export type Ending =
  | { readonly stage: 'processing' }
  | { readonly stage: 'needs-file' }
  | { readonly stage: 'duplicate'; readonly duplicate: Duplicate }
  | { readonly stage: 'refused' | 'failed'; readonly problem: Problem };

/** New ids for the commands of one upload. */
export function newCommands(): Commands {
  return { start: newCommandId(), complete: newCommandId(), abandon: newCommandId() };
}

/** The state of an upload that the server knows nothing of. */
export function fresh(): Pick<UploadRecord, 'commands' | 'mediaId' | 'announced'> {
  return { commands: newCommands(), mediaId: '', announced: false };
}

/**
 * Brings one file up, from wherever it stands: each step asks the server what is there already, so that it can be
 * stopped at any point and called again. Rejects only when the signal stops it or when the session has ended.
 */
export async function uploadFile(work: Work, tools: Tools, signal: AbortSignal): Promise<Ending> {
  try {
    return await new FileUpload(work, tools, signal).run();
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (isSignedOut(error)) throw error;
    return endingOf(error);
  }
}

/** How a file is announced to the server. */
export function announcementOf(record: UploadRecord, { sha256 }: Fingerprint): Announcement {
  const { album, name: fileName, contentType, bytes, keepDuplicate } = record;
  return { commandId: record.commands.start, album, fileName, contentType, bytes, sha256, keepDuplicate };
}

/** Whether it is for want of a session: whoever signs in again goes on. */
export function isSignedOut(error: unknown): boolean {
  return error instanceof BackendError && error.reason === 'UNAUTHENTICATED';
}

/** An ending that is found deep inside. */
class Ended extends Error {
  constructor(readonly ending: Ending) {
    super(ending.stage);
  }
}

class FileUpload {
  readonly #work: Work;
  readonly #tools: Tools;
  readonly #signal: AbortSignal;

  constructor(work: Work, tools: Tools, signal: AbortSignal) {
    this.#work = work;
    this.#tools = tools;
    this.#signal = signal;
  }

  async run(): Promise<Ending> {
    for (let looks = 1; ; looks += 1) {
      const fingerprint = await this.#fingerprint();
      const started = await this.#start(fingerprint);
      try {
        if (started.state === 'duplicate') return await this.#duplicateOf(started);
        if (started.state === 'gone') throw new BackendError('the upload is over', 'UPLOAD_OVER', false);
        if (started.state === 'single') await this.#putWhole(started, fingerprint);
        if (started.state === 'parts') await this.#putParts(started, fingerprint);
        if (started.state !== 'completed') await this.#complete(started.mediaId);
        return { stage: 'processing' };
      } catch (error) {
        if (this.#signal.aborted) throw error;
        if (looks >= MOST_LOOKS || !(await this.#isWorthAnotherLook(error))) throw error;
      }
    }
  }

  async #fingerprint(): Promise<Fingerprint> {
    const { fingerprint: known, reattached, bytes } = this.#work.record;
    if (known && !reattached) return known;
    const fingerprint = await this.#read(plannedPartBytes(bytes));
    // What was chosen again has the name and the length of the old file but other bytes: it is another upload.
    if (known && !equalChecksums(known.sha256, fingerprint.sha256)) await this.#startOver();
    await this.#work.save({ fingerprint, reattached: false });
    const twin = this.#work.record.keepDuplicate ? undefined : this.#work.twin(fingerprint.sha256);
    if (twin) {
      const duplicate = { mediaId: '', fileName: twin.name, albumTitle: twin.album.title, inTrash: false };
      throw new Ended({ stage: 'duplicate', duplicate });
    }
    return fingerprint;
  }

  async #read(partBytes: number): Promise<Fingerprint> {
    this.#work.show('checking');
    const onRead = (reached: number) => this.#work.show('checking', { reached });
    const file = await this.#file();
    const read = () => this.#tools.hash(file, partBytes, onRead, this.#signal);
    const mayPass = (error: unknown) => error instanceof NoWorkerError;
    return persistently(read, mayPass, this.#tools.pace, this.#signal);
  }

  async #start(fingerprint: Fingerprint): Promise<Started> {
    const { record } = this.#work;
    this.#work.show('uploading');
    if (!record.announced) await this.#work.save({ announced: true });
    const announcement = announcementOf(record, fingerprint);
    const started = await this.#ask(() => this.#tools.backend.start(announcement, this.#signal));
    const isOurs = started.state !== 'gone' && started.state !== 'duplicate';
    if (isOurs && started.mediaId !== record.mediaId) await this.#work.save({ mediaId: started.mediaId });
    return started;
  }

  async #duplicateOf({ mediaId, inTrash }: Started & { state: 'duplicate' }): Promise<Ending> {
    const described = await this.#ask(() => this.#tools.backend.describe(mediaId));
    // Nothing was started, so there is nothing to abandon.
    await this.#work.save({ announced: false });
    return { stage: 'duplicate', duplicate: { mediaId, inTrash, ...described } };
  }

  async #putWhole(started: Started & { state: 'single' }, fingerprint: Fingerprint): Promise<void> {
    const file = await this.#file();
    let put: SignedPut | undefined = started.put;
    let before = 0;
    const onSent = (sent: number) => {
      this.#work.show('uploading', { reached: sent, fresh: sent - before });
      before = sent;
    };
    const attempt = async () => {
      // An address that was not accepted has most likely expired: starting again gives another.
      if (!put) {
        const again = await this.#start(fingerprint);
        if (again.state !== 'single') return;
        put = again.put;
      }
      try {
        await this.#tools.put(put, file, onSent, this.#signal);
      } catch (error) {
        if (error instanceof PutError && error.trouble === 'forbidden') put = undefined;
        throw error;
      }
    };
    const inTurn = () => this.#tools.places.within(this.#signal, attempt);
    await persistently(inTurn, isPassingPut, this.#tools.pace, this.#signal);
  }

  async #putParts(started: Started & { state: 'parts' }, fingerprint: Fingerprint): Promise<void> {
    let suited = fingerprint;
    if (fingerprint.partBytes !== started.partBytes) {
      // Should the server ever plan other parts than we do, the file is read once more for theirs.
      suited = await this.#read(started.partBytes);
      await this.#work.save({ fingerprint: suited });
    }
    const show = (progress: Progress) => this.#work.show('uploading', progress);
    await putParts(started.mediaId, await this.#file(), suited, show, this.#tools, this.#signal);
  }

  /** Has the original checked and stored. A long one is read once more on the other side; that takes a while. */
  async #complete(mediaId: string): Promise<void> {
    const { backend } = this.#tools;
    const { commands, bytes } = this.#work.record;
    if (plannedPartBytes(bytes) > 0) this.#work.show('verifying', { kept: bytes });
    for (;;) {
      const verified = await this.#ask(() => backend.complete(commands.complete, mediaId, this.#signal));
      if (verified === undefined) return;
      this.#work.show('verifying', { reached: verified, kept: bytes });
      await sleep(ASK_AGAIN_AFTER, this.#signal);
    }
  }

  /** Whether it may go well when it is looked at once more, and makes ready what that needs. */
  async #isWorthAnotherLook(error: unknown): Promise<boolean> {
    const reason = error instanceof BackendError ? error.reason : '';
    const trouble = error instanceof PutError ? error.trouble : undefined;
    if (reason === 'UPLOAD_OVER') await this.#work.save(fresh());
    // These bytes are not those that were announced, so the announcement is of no use any more.
    if (trouble === 'changed' || NOT_AS_ANNOUNCED.has(reason)) {
      await this.#startOver();
      return false;
    }
    return trouble === 'missing' || WORTH_ANOTHER_LOOK.has(reason);
  }

  /** Frees what is reserved. The sweep does it later should the server not answer. */
  async #startOver(): Promise<void> {
    const { mediaId, commands } = this.#work.record;
    const abandon = () => this.#tools.backend.abandon(commands.abandon, mediaId, 'the file is another one');
    if (mediaId) await abandon().catch(() => undefined);
    await this.#work.save({ ...fresh(), fingerprint: undefined });
  }

  async #file(): Promise<Blob> {
    const file = await this.#work.file();
    if (!file) throw new Ended({ stage: 'needs-file' });
    return file;
  }

  #ask<Answer>(request: () => Promise<Answer>): Promise<Answer> {
    const mayPass = (error: unknown) => error instanceof BackendError && error.transient;
    return persistently(request, mayPass, this.#tools.pace, this.#signal);
  }
}

function endingOf(error: unknown): Ending {
  if (error instanceof Ended) return error.ending;
  if (error instanceof UnreadableError) return { stage: 'failed', problem: { code: 'unreadable' } };
  if (error instanceof NoWorkerError) return { stage: 'failed', problem: { code: 'network' } };
  if (error instanceof PutError) return endingOfPut(error);
  if (error instanceof BackendError) return endingOfRequest(error);
  return { stage: 'failed', problem: { code: 'server', message: String(error) } };
}

function endingOfPut({ trouble, message }: PutError): Ending {
  switch (trouble) {
    case 'transient':
      return { stage: 'failed', problem: { code: 'network' } };
    case 'changed':
    case 'unreadable':
      return { stage: 'failed', problem: { code: trouble } };
    case 'forbidden':
    case 'missing':
    case 'refused':
      return { stage: 'failed', problem: { code: 'server', message } };
  }
}

function endingOfRequest({ reason, transient, message, missingBytes }: BackendError): Ending {
  if (transient) return { stage: 'failed', problem: { code: 'network' } };
  switch (reason) {
    case 'QUOTA_EXCEEDED':
      return { stage: 'refused', problem: { code: 'quota', missingBytes } };
    case 'NOT_FOUND':
      return { stage: 'refused', problem: { code: 'album-gone' } };
    case 'SHARE_EXPIRED':
    case 'SHARE_NOT_FOUND':
    case 'SHARE_OVER':
      return { stage: 'refused', problem: { code: 'share-over' } };
    case 'CONTENT_MISMATCH':
    case 'UPLOAD_MISMATCH':
      return { stage: 'refused', problem: { code: 'mismatch' } };
    default:
      return { stage: 'failed', problem: { code: 'server', reason, message } };
  }
}
