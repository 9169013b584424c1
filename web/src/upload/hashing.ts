import { sha256 } from '@noble/hashes/sha2.js';
import type { Fingerprint } from './model';

/** How much of a file is in memory at once while it is read. */
const CHUNK_BYTES = 2 * 1024 * 1024;
const CHECKSUM_BYTES = 32;

/** Reads a file once, piece by piece, for the checksums of the whole and of its parts; no parts where they are 0 long. */
export async function fingerprintOf(
  file: Blob,
  partBytes: number,
  onRead: (bytes: number) => void,
): Promise<Fingerprint> {
  const whole = sha256.create();
  const count = partBytes === 0 ? 0 : Math.ceil(file.size / partBytes);
  const parts = new Uint8Array(count * CHECKSUM_BYTES);
  for (let number = 0, offset = 0; offset < file.size; number += 1) {
    const end = partBytes === 0 ? file.size : Math.min(offset + partBytes, file.size);
    const part = sha256.create();
    for (; offset < end; offset = Math.min(offset + CHUNK_BYTES, end)) {
      const chunk = new Uint8Array(
        await file.slice(offset, Math.min(offset + CHUNK_BYTES, end)).arrayBuffer(),
      );
      whole.update(chunk);
      if (partBytes > 0) part.update(chunk);
      onRead(offset + chunk.length);
    }
    if (partBytes > 0) parts.set(part.digest(), number * CHECKSUM_BYTES);
  }
  return { sha256: whole.digest(), partBytes, parts };
}

/** The checksum of the part of this number, from 1. */
export function checksumOfPart(fingerprint: Fingerprint, number: number): Uint8Array {
  return fingerprint.parts.subarray((number - 1) * CHECKSUM_BYTES, number * CHECKSUM_BYTES);
}

/** Whether two checksums are the same. */
export function equalChecksums(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}
