import { expect, test } from 'vitest';
import { MAX_UPLOAD_BYTES, partsOf, plannedPartBytes, SINGLE_PUT_BYTES } from './part-plan';

test('up to sixteen mebibytes is one piece and a byte more is two parts', () => {
  expect(plannedPartBytes(SINGLE_PUT_BYTES)).toBe(0);
  const parts = partsOf(SINGLE_PUT_BYTES + 1, plannedPartBytes(SINGLE_PUT_BYTES + 1));
  expect(parts).toEqual([
    { number: 1, offset: 0, bytes: SINGLE_PUT_BYTES },
    { number: 2, offset: SINGLE_PUT_BYTES, bytes: 1 },
  ]);
});

test('the largest file has the parts that the server plans', () => {
  const partBytes = plannedPartBytes(MAX_UPLOAD_BYTES);
  expect(partBytes).toBe(528 * 1024 * 1024);
  expect(partsOf(MAX_UPLOAD_BYTES, partBytes)).toHaveLength(9930);
});
