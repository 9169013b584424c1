const MEBIBYTE = 1024 * 1024;

/** The longest original that goes up in a single PUT, as the server has it. */
export const SINGLE_PUT_BYTES = 16 * MEBIBYTE;
/** The longest original: what S3 takes as one object, 5 TiB. */
export const MAX_UPLOAD_BYTES = 5 * 1024 * 1024 * MEBIBYTE;

const MOST_PARTS = 10_000;
const PART_STEP = 16 * MEBIBYTE;

/** One part of an original. */
export interface Part {
  /** From 1. */
  readonly number: number;
  readonly offset: number;
  readonly bytes: number;
}

/**
 * How long the parts of an original are; 0 where it goes up in one piece. The server plans the same, so that the
 * checksums of the parts can be found in the one reading that the checksum of the whole needs anyway.
 */
export function plannedPartBytes(bytes: number): number {
  if (bytes <= SINGLE_PUT_BYTES) return 0;
  return Math.max(1, Math.ceil(Math.ceil(bytes / MOST_PARTS) / PART_STEP)) * PART_STEP;
}

/** All parts of an original, in order. */
export function partsOf(bytes: number, partBytes: number): Part[] {
  const parts: Part[] = [];
  for (let offset = 0; offset < bytes; offset += partBytes) {
    parts.push({ number: parts.length + 1, offset, bytes: Math.min(partBytes, bytes - offset) });
  }
  return parts;
}
