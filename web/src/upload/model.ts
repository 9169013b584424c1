/** Where a file is on its way. Only the first four are being worked on or wait for it. */
export type Stage =
  | 'waiting'
  | 'checking'
  | 'uploading'
  | 'verifying'
  | 'processing'
  | 'done'
  | 'duplicate'
  | 'refused'
  | 'failed'
  | 'paused'
  | 'needs-file'
  | 'cancelling';

/** Why a file is not, or not quite, where it should be; the words are in the texts. */
export type ProblemCode =
  | 'empty'
  | 'type'
  | 'too-large'
  | 'quota'
  | 'unreadable'
  | 'changed'
  | 'mismatch'
  | 'album-gone'
  | 'share-over'
  | 'network'
  | 'server'
  | 'pictures'
  | 'pictures-late';

/** A reason, with what its sentence needs. */
export interface Problem {
  readonly code: ProblemCode;
  /** How much more free space it would take; unknown to guests. */
  readonly missingBytes?: number;
  /** Why, in one word for programs; empty where nobody has said one. */
  readonly reason?: string;
  /** The server's own words, for where we have none for the reason. */
  readonly message?: string;
}

/** What a file is the same as. */
export interface Duplicate {
  /** Empty where the other is still in the queue itself. */
  readonly mediaId: string;
  readonly fileName: string;
  readonly albumTitle: string;
  readonly inTrash: boolean;
}

/** The album that files go to. */
export interface Album {
  readonly albumId: string;
  readonly title: string;
}

/** The checksums of a file: of the whole and, where it goes up in parts, of each part, one after the other. */
export interface Fingerprint {
  readonly sha256: Uint8Array;
  readonly partBytes: number;
  readonly parts: Uint8Array;
}

/** The ids of the three commands of one upload. They are stored before any of them is sent, so a repeat is a repeat. */
export interface Commands {
  readonly start: string;
  readonly complete: string;
  readonly abandon: string;
}

/** One file of the queue, as it is stored. */
export interface UploadRecord {
  readonly id: string;
  readonly account: string;
  /** Place in the queue; unique within an account. */
  readonly order: number;
  readonly album: Album;
  readonly name: string;
  readonly contentType: string;
  readonly bytes: number;
  readonly lastModified: number;
  readonly stage: Stage;
  readonly commands: Commands;
  /** Whether StartUpload may have been sent, so that something may be reserved. */
  readonly announced: boolean;
  /** Empty until the server has answered. */
  readonly mediaId: string;
  readonly keepDuplicate: boolean;
  readonly fingerprint?: Fingerprint | undefined;
  /** Whether the file was chosen again since, so that the fingerprint is still to be proved. */
  readonly reattached: boolean;
  readonly problem?: Problem | undefined;
  readonly duplicate?: Duplicate | undefined;
  /** When it was stored, milliseconds since 1970; 0 until then. */
  readonly storedAt: number;
}

/** How far a stage is, in bytes of the file. */
export interface Progress {
  readonly reached: number;
  /** What of that has only just been sent. */
  readonly fresh: number;
  /** What stays where it is when the upload is interrupted. */
  readonly kept: number;
}

/** What the panel shows of one file. It is small and can be sent to other tabs. */
export interface UploadView {
  readonly id: string;
  readonly order: number;
  readonly album: Album;
  readonly name: string;
  readonly bytes: number;
  readonly stage: Stage;
  readonly mediaId: string;
  readonly problem?: Problem | undefined;
  readonly duplicate?: Duplicate | undefined;
  /** How far the present stage is, in bytes of the file. */
  readonly reached: number;
  readonly bytesPerSecond: number;
}

/** What a person can ask for. */
export type Action = 'pause' | 'resume' | 'cancel' | 'retry' | 'keep-both';

const ACTIVE: ReadonlySet<Stage> = new Set<Stage>(['checking', 'uploading', 'verifying']);
const OPEN: ReadonlySet<Stage> = new Set<Stage>([...ACTIVE, 'waiting', 'paused']);
const ASKING: ReadonlySet<Stage> = new Set<Stage>(['duplicate', 'refused', 'failed', 'needs-file']);

/** What no second try can mend: the file is not one that Pic-up takes, or there is nowhere to bring it any more. */
const HOPELESS: ReadonlySet<ProblemCode | undefined> = new Set<ProblemCode>([
  'empty',
  'type',
  'too-large',
  'share-over',
]);

/** Whether one of the four places is taken by a file in this stage. */
export function isActive(stage: Stage): boolean {
  return ACTIVE.has(stage);
}

/** Whether the bytes of a file in this stage are still to be brought up. */
export function isOpen(stage: Stage): boolean {
  return OPEN.has(stage);
}

/** Whether a person has to decide how it goes on. */
export function needsAttention(stage: Stage): boolean {
  return ASKING.has(stage);
}

/** Whether the original is safe on the server. */
export function isStored(stage: Stage): boolean {
  return stage === 'processing' || stage === 'done';
}

/** Which actions make sense for a file as it is. */
export function allows({ stage, problem }: Pick<UploadRecord, 'stage' | 'problem'>, action: Action): boolean {
  switch (action) {
    case 'pause':
      return stage === 'waiting' || isActive(stage);
    case 'resume':
      return stage === 'paused';
    case 'cancel':
      return stage !== 'processing' && stage !== 'cancelling';
    case 'retry':
      return (stage === 'failed' || stage === 'refused') && !HOPELESS.has(problem?.code);
    case 'keep-both':
      return stage === 'duplicate';
  }
}
