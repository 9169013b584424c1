import { expect, test } from 'vitest';
import { contentTypeOf } from './content-type';

function bytes(...parts: (string | number[])[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) =>
      typeof part === 'string' ? Array.from(part, (char) => char.charCodeAt(0)) : part,
    ),
  );
}

test.each([
  ['image/jpeg', bytes([0xff, 0xd8, 0xff, 0xe0], 'JFIF')],
  ['image/png', bytes([0x89], 'PNG', [13, 10, 26, 10])],
  ['image/gif', bytes('GIF89a')],
  ['image/webp', bytes('RIFF', [0, 0, 0, 0], 'WEBPVP8 ')],
  ['image/tiff', bytes('II', [0x2a, 0, 8, 0, 0, 0, 0, 0])],
  ['image/heif', bytes([0, 0, 0, 24], 'ftypheic', [0, 0, 0, 0], 'mif1heic')],
  ['image/heif', bytes([0, 0, 0, 24], 'ftypmif1', [0, 0, 0, 0], 'mif1heic')],
  ['image/avif', bytes([0, 0, 0, 24], 'ftypavif', [0, 0, 0, 0], 'mif1avif')],
  ['image/avif', bytes([0, 0, 0, 24], 'ftypmif1', [0, 0, 0, 0], 'mif1avif')],
  ['video/mp4', bytes([0, 0, 0, 32], 'ftypisom', [0, 0, 2, 0], 'isomiso2avc1mp41')],
  ['video/mp4', bytes([0, 0, 0, 20], 'ftypM4V ', [0, 0, 0, 0], 'mp42')],
  ['video/quicktime', bytes([0, 0, 0, 20], 'ftypqt  ', [0, 0, 2, 0], 'qt  ')],
  ['video/webm', bytes([0x1a, 0x45, 0xdf, 0xa3, 0x42, 0x82, 0x84], 'webm')],
  [
    'video/x-matroska',
    bytes([0x1a, 0x45, 0xdf, 0xa3, 0xa3, 0x42, 0x86, 0x81, 1, 0x42, 0x82, 0x88], 'matroska'),
  ],
])('a file is known as %s by its first bytes', (type, head) => {
  expect(contentTypeOf(head)).toBe(type);
});

test.each([
  ['text', bytes('just some text, saved as holiday.jpg')],
  ['nothing', bytes()],
  ['a PDF', bytes('%PDF-1.7')],
  ["Canon's raw format", bytes('II', [0x2a, 0, 16, 0, 0, 0], 'CR', [2, 0])],
  ['an AVI', bytes('RIFF', [0, 0, 0, 0], 'AVI LIST')],
])('%s is no photo or video that Pic-up takes', (_what, head) => {
  expect(contentTypeOf(head)).toBeUndefined();
});
