import { expect, test } from 'vitest';
import { checksumOfPart, fingerprintOf } from './hashing';

const MEBIBYTE = 1024 * 1024;

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

test.each([1, 3 * MEBIBYTE - 1, 3 * MEBIBYTE, 3 * MEBIBYTE + 1, 7 * MEBIBYTE])(
  'the parts of a file of %i bytes are what they are cut out',
  async (length) => {
    const partBytes = 3 * MEBIBYTE;
    const bytes = Uint8Array.from({ length }, (_, at) => at % 251);
    let read = 0;
    const fingerprint = await fingerprintOf(new Blob([bytes]), partBytes, (now) => (read = now));
    expect(fingerprint.sha256).toEqual(await sha256(bytes));
    expect(read).toBe(length);
    const count = Math.ceil(length / partBytes);
    expect(fingerprint.parts).toHaveLength(count * 32);
    for (let number = 1; number <= count; number += 1) {
      const part = bytes.subarray((number - 1) * partBytes, number * partBytes);
      expect(checksumOfPart(fingerprint, number)).toEqual(await sha256(part));
    }
  },
);

test('a file that goes up in one piece has no parts', async () => {
  const fingerprint = await fingerprintOf(new Blob(['abc']), 0, () => undefined);
  expect(fingerprint.parts).toHaveLength(0);
  expect(fingerprint.sha256).toEqual(await sha256(new TextEncoder().encode('abc')));
});
