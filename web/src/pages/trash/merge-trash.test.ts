import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { MediaSchema } from '../../gen/picup/queries/v1/album_pb';
import { mergeTrash } from './merge-trash';

const item = (mediaId: string, trashedAtMicros: bigint) => create(MediaSchema, { mediaId, trashedAtMicros });
const ids = (items: readonly { mediaId: string }[]) => items.map(({ mediaId }) => mediaId).join('');

describe('mergeTrash', () => {
  it('shows the latest first, and of the same moment the greater id', () => {
    const merged = mergeTrash([item('b', 20n), item('a', 10n)], [item('c', 20n), item('d', 5n)]);
    expect(ids(merged)).toBe('cbad');
  });

  it('appends a page that follows', () => {
    expect(ids(mergeTrash([item('b', 20n)], [item('a', 20n), item('d', 5n)]))).toBe('bad');
    expect(ids(mergeTrash([], [item('a', 20n)]))).toBe('a');
  });

  it('shows an item once', () => {
    expect(ids(mergeTrash([item('a', 1n)], [item('a', 1n)]))).toBe('a');
  });
});
