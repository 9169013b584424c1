import { newCommandId } from '../api/command-id';
import { contentTypeOf, SNIFF_LENGTH } from './content-type';
import type { Album, Problem, UploadRecord } from './model';
import { MAX_UPLOAD_BYTES } from './part-plan';
import { fresh } from './upload-file';

/** What a file's first bytes say of it. */
export interface Examined {
  readonly file: File;
  readonly contentType: string;
  /** Why it cannot be brought up at all. */
  readonly problem?: Problem | undefined;
}

/** Looks at a file's length and first bytes. */
export async function examine(file: File): Promise<Examined> {
  const refuse = (code: Problem['code']): Examined => ({ file, contentType: '', problem: { code } });
  if (file.size === 0) return refuse('empty');
  if (file.size > MAX_UPLOAD_BYTES) return refuse('too-large');
  try {
    const head = new Uint8Array(await file.slice(0, SNIFF_LENGTH).arrayBuffer());
    const contentType = contentTypeOf(head);
    return contentType === undefined ? refuse('type') : { file, contentType };
  } catch {
    return refuse('unreadable');
  }
}

/** Hands out what the quota leaves, in the order in which files come. */
export class Allowance {
  #free: number;

  /** `Infinity` where nobody knows: the server tells in time. */
  constructor(freeBytes: number) {
    this.#free = freeBytes;
  }

  /** Takes a file's bytes; says what is missing where they do not fit. */
  take(bytes: number): Problem | undefined {
    if (bytes > this.#free) return { code: 'quota', missingBytes: bytes - Math.max(0, this.#free) };
    this.#free -= bytes;
    return undefined;
  }
}

/** The new record of a file, refused where that is certain already. */
export function recordOf(
  { file, contentType, problem }: Examined,
  account: string,
  album: Album,
  order: number,
  allowance: Allowance,
): UploadRecord {
  const why = problem ?? allowance.take(file.size);
  return {
    id: newCommandId(),
    account,
    order,
    album,
    name: file.name,
    contentType,
    bytes: file.size,
    lastModified: file.lastModified,
    stage: why ? 'refused' : 'waiting',
    ...fresh(),
    keepDuplicate: false,
    reattached: false,
    problem: why,
    storedAt: 0,
  };
}
