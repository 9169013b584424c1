import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { type Media, MediaSchema } from '../gen/picup/queries/v1/album_pb';
import { PageCache } from './page-cache';

const item = (mediaId: string, fileName = ''): Media => create(MediaSchema, { mediaId, fileName });

describe('PageCache', () => {
  it('keeps what was looked at last, and the ids of all', () => {
    const cache = new PageCache();
    for (let page = 0; page < 30; page += 1) {
      cache.put(page, [item(`item-${page}`)]);
      cache.touch(0);
    }
    expect(cache.has(0)).toBe(true);
    expect(cache.has(1)).toBe(false);
    expect(cache.has(29)).toBe(true);
    expect(cache.ids(1)).toEqual(['item-1']);
    expect(cache.find('item-1')).toEqual({ page: 1, offset: 0 });
  });

  it('lets go items whose ids stay', () => {
    const cache = new PageCache();
    cache.put(0, [item('a')]);
    cache.put(1, [item('b')]);
    cache.keepItems(new Set([1]));
    expect(cache.has(0)).toBe(false);
    expect(cache.ids(0)).toEqual(['a']);
    expect(cache.has(1)).toBe(true);
  });

  it('forgets removed items', () => {
    const cache = new PageCache();
    cache.put(0, [item('a'), item('b'), item('c')]);
    cache.remove(new Set(['b']));
    expect(cache.items(0)?.map(({ mediaId }) => mediaId)).toEqual(['a', 'c']);
    expect(cache.find('c')).toEqual({ page: 0, offset: 1 });
    expect(cache.get('b')).toBeUndefined();
  });

  it('takes a newer state of an item', () => {
    const cache = new PageCache();
    cache.put(3, [item('a', 'old')]);
    cache.replace(item('a', 'new'));
    expect(cache.get('a')?.fileName).toBe('new');
  });
});
