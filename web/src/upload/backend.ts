import type { Album } from './model';

/** Where one piece of bytes goes, and with which headers. It is a secret. */
export interface SignedPut {
  readonly url: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
}

/** What StartUpload announces. */
export interface Announcement {
  readonly commandId: string;
  readonly album: Album;
  readonly fileName: string;
  readonly contentType: string;
  readonly bytes: number;
  readonly sha256: Uint8Array;
  readonly keepDuplicate: boolean;
}

/** How an announcement is answered. */
export type Started =
  | { readonly state: 'single'; readonly mediaId: string; readonly put: SignedPut }
  | { readonly state: 'parts'; readonly mediaId: string; readonly partBytes: number }
  | { readonly state: 'completed'; readonly mediaId: string }
  | { readonly state: 'gone' }
  | { readonly state: 'duplicate'; readonly mediaId: string; readonly inTrash: boolean };

/** A part that S3 holds. */
export interface HeldPart {
  readonly number: number;
  readonly bytes: number;
  readonly sha256: Uint8Array;
}

/** How far the making of an item's pictures is. */
export interface Processing {
  readonly mediaId: string;
  readonly state: 'processing' | 'ready' | 'failed';
  /** Why they cannot be made. */
  readonly reason: string;
  readonly message: string;
}

/** A stored file whose pictures are awaited. */
export interface Stored {
  readonly mediaId: string;
  readonly sha256: Uint8Array;
}

/** What bringing up files asks of the server, whoever does it. */
export interface Transfers {
  start(announcement: Announcement, signal: AbortSignal): Promise<Started>;
  /** What S3 holds of an upload in parts; undefined where it holds the whole already. */
  heldParts(mediaId: string, signal: AbortSignal): Promise<HeldPart[] | undefined>;
  signPart(mediaId: string, number: number, sha256: Uint8Array, signal: AbortSignal): Promise<SignedPut>;
  /** How many bytes have been checked so far; undefined when all is checked and stored. */
  complete(commandId: string, mediaId: string, signal: AbortSignal): Promise<number | undefined>;
  abandon(commandId: string, mediaId: string, reason: string): Promise<void>;
}

/** What uploading asks of the server. */
export interface Backend extends Transfers {
  /** How many bytes the account's quota leaves free; `Infinity` where nobody says. */
  freeBytes(): Promise<number>;
  /** The name of an item and of its album; empty where nobody says. */
  describe(mediaId: string): Promise<{ fileName: string; albumTitle: string }>;
  /** How far the pictures of these are. */
  processing(stored: readonly Stored[]): Promise<Processing[]>;
}

/** A request that did not do what was asked. */
export class BackendError extends Error {
  constructor(
    message: string,
    /** One word for programs, for example `QUOTA_EXCEEDED`. */
    readonly reason: string,
    /** Whether the same request may succeed later. */
    readonly transient: boolean,
    /** Bytes that do not fit, where the quota is the reason. */
    readonly missingBytes = 0,
  ) {
    super(message);
  }
}
