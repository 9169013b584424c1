import { create } from '@bufbuild/protobuf';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  ListMediaPagesResponseSchema,
  ListMediaResponseSchema,
  type MediaPage,
  RenditionState,
} from '../gen/picup/queries/v1/album_pb';
import { AlbumItems } from './album-items.svelte';

const PAGE_SIZE = 200;
const source = { pages: vi.fn(), list: vi.fn(), mayHold: vi.fn(), urlOf: vi.fn() };

const FIRST_PAGE = create(ListMediaResponseSchema, {
  media: Array.from({ length: PAGE_SIZE }, (_, index) => ({
    mediaId: `item-${index}`,
    renditions: { state: RenditionState.READY, width: 1000, height: 667 },
  })),
  nextCursor: 'second',
});
const ASPECTS = Array.from({ length: PAGE_SIZE }, () => 1499);
const WHOLE = create(ListMediaPagesResponseSchema, {
  pages: [{ aspectPermille: ASPECTS }, { cursor: 'second', aspectPermille: [1000] }],
});

describe('an album that is opened', () => {
  let answerShape: (pages: readonly MediaPage[]) => void;
  let refuseShape: (error: Error) => void;

  beforeEach(() => {
    source.list.mockReset().mockResolvedValue(FIRST_PAGE);
    source.pages.mockReset().mockImplementation(
      () =>
        new Promise<readonly MediaPage[]>((resolve, reject) => {
          answerShape = resolve;
          refuseShape = reject;
        }),
    );
  });

  it('shows its beginning until the whole of it is known, laid out the same', async () => {
    const items = new AlbumItems(source);
    const opened = items.open();
    await vi.waitFor(() => expect(items.shape?.count).toBe(PAGE_SIZE));
    expect(items.shape?.whole).toBe(false);
    expect(Array.from(items.shape?.aspects ?? [])).toEqual(ASPECTS);
    expect(items.media(7)?.mediaId).toBe('item-7');

    answerShape(WHOLE.pages);
    await opened;
    expect(items.shape).toMatchObject({ count: PAGE_SIZE + 1, whole: true });
    expect(items.media(7)?.mediaId).toBe('item-7');
    expect(source.list, 'the beginning is not asked for again').toHaveBeenCalledOnce();
  });

  it('is asked for again where something was taken away before the whole of it came', async () => {
    const items = new AlbumItems(source);
    const opened = items.open();
    await vi.waitFor(() => expect(items.shape?.count).toBe(PAGE_SIZE));
    items.remove(new Set(['item-0']));
    expect(items.shape?.count).toBe(PAGE_SIZE - 1);

    answerShape(WHOLE.pages);
    await opened;
    expect(source.list).toHaveBeenCalledTimes(2);
    expect(items.idAt(0)).toBe('item-0');
  });

  it('does not pass its beginning off as all of it where the rest does not come', async () => {
    const items = new AlbumItems(source);
    const opened = items.open();
    await vi.waitFor(() => expect(items.shape?.count).toBe(PAGE_SIZE));
    refuseShape(new Error('away'));
    await opened;
    expect(items.shape).toBeUndefined();
    expect(items.error).toEqual(new Error('away'));
  });

  it('lays items out as they are where the shape was told before their pictures were made', async () => {
    const items = new AlbumItems(source);
    const opened = items.open();
    await vi.waitFor(() => expect(items.shape?.count).toBe(PAGE_SIZE));
    const [first, second] = WHOLE.pages;
    if (!first || !second) throw new Error('it has two pages');
    answerShape([{ ...first, aspectPermille: ASPECTS.map(() => 0) }, second]);
    await opened;
    expect(Array.from(items.shape?.aspects ?? [])).toEqual([...ASPECTS, 1000]);
  });
});
