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
    expect(cache.remove(new Set(['b', 'elsewhere']))).toMatchObject([{ page: 0, offset: 1, mediaId: 'b' }]);
    expect(cache.items(0)?.map(({ mediaId }) => mediaId)).toEqual(['a', 'c']);
    expect(cache.find('c')).toEqual({ page: 0, offset: 1 });
    expect(cache.find('b')).toBeUndefined();
  });

  it('forgets a hundred thousand items without looking for each of them among all', () => {
    const cache = new PageCache();
    const all = Array.from({ length: 100_000 }, (_, number) => `item-${number}`);
    for (let page = 0; page < 500; page += 1) cache.putIds(page, all.slice(page * 200, (page + 1) * 200));
    // One after the other this took a minute.
    expect(cache.remove(new Set(all))).toHaveLength(all.length);
    expect(cache.ids(499)).toEqual([]);
  });

  it('has a removed item again where it was, and asks for its page where only the id is known', () => {
    const cache = new PageCache();
    cache.put(0, [item('a'), item('b'), item('c')]);
    const [taken] = cache.remove(new Set(['b']));
    if (!taken) throw new Error('nothing was taken');
    expect(taken).toMatchObject({ page: 0, offset: 1, mediaId: 'b' });
    cache.putBack(taken);
    expect(cache.items(0)?.map(({ mediaId }) => mediaId)).toEqual(['a', 'b', 'c']);
    expect(cache.find('c')).toEqual({ page: 0, offset: 2 });

    cache.remove(new Set(['b']));
    cache.putBack({ ...taken, media: undefined });
    expect(cache.ids(0)).toEqual(['a', 'b', 'c']);
    expect(cache.has(0)).toBe(false);
  });

  it('takes a newer state of an item', () => {
    const cache = new PageCache();
    cache.put(3, [item('a', 'old')]);
    cache.replace(item('a', 'new'));
    expect(cache.kept().map(({ fileName }) => fileName)).toEqual(['new']);
  });
});
