import { isCanceled } from '../api/errors';
import { type Delivery, type Media, type Rendition, RenditionState } from '../gen/picup/queries/v1/album_pb';
import type { ItemSource } from './item-source';
import { PageCache, type Taken } from './page-cache';
import type { Reading } from './selection.svelte';
import { aspectOf, type PlacedAspect, Shape } from './shape';

interface Range {
  readonly first: number;
  readonly last: number;
}

/** Pages that are asked for at once when ids of many are wanted. */
const AT_ONCE = 4;

/**
 * The items of one album by their index. The shape of the whole album comes before them; the items themselves come
 * page by page where somebody looks. What is removed here is gone at once.
 */
export class AlbumItems {
  shape = $state.raw<Shape>();
  error = $state.raw<unknown>();
  delivery = $state.raw<Delivery>();
  /** Counts the arrivals and changes of items, for what shows them. */
  version = $state(0);
  #cache = new PageCache();
  /** What was taken away since the shape came: an answer that was under way may still hold it. */
  readonly #removed = new Set<string>();
  /** How those can be shown again. */
  readonly #taken = new Map<string, Taken & PlacedAspect>();
  readonly #loading = new Map<number, { abort: AbortController; done: Promise<void> }>();
  #opening = Promise.resolve();

  constructor(readonly source: ItemSource) {}

  /**
   * Asks for everything, and shows the beginning of the album until its whole shape has come: that takes the longer the
   * larger an album is, and its first pictures are to be seen at once.
   */
  async open(): Promise<void> {
    const cache = new PageCache();
    const both = Promise.all([this.#shape(), this.#showBeginning(cache)]);
    const whole = both.then(([shape]) => shape);
    this.#opening = this.#take(whole, cache, { first: 0, last: 0 });
    await this.#opening;
  }

  /** Waits until all of an album that is being opened is known. */
  whole(): Promise<void> {
    return this.#opening;
  }

  /**
   * Asks for the shape, and for the items at these indexes before it is shown; if somebody only wants to know what
   * has moved, not for items that have come and stay where they are.
   */
  async load(first = 0, last = 0, { onlyMoved = false } = {}): Promise<void> {
    await this.#take(this.#shape(), new PageCache(), { first, last }, onlyMoved);
  }

  /** Has the items between two indexes come anew, and all others when they are looked at: their addresses end. */
  async renew(first: number, last: number): Promise<void> {
    await this.load(first, last);
    if (this.shape) this.#cache.keepItems(new Set(pagesBetween(this.shape, first, last)));
  }

  async #shape(): Promise<Shape> {
    return Shape.of(await this.source.pages());
  }

  async #showBeginning(cache: PageCache): Promise<void> {
    const { media, nextCursor, delivery } = await this.source.list('');
    this.delivery = delivery;
    cache.put(0, media);
    if (!this.shape) this.#show(Shape.ofFirst(media, nextCursor === ''), cache);
  }

  /** Shows a shape when it has come, with the items between two indexes, of which some may be known already. */
  async #take(
    coming: Promise<Shape>,
    known: PageCache,
    { first, last }: Range,
    onlyMoved = false,
  ): Promise<void> {
    try {
      const told = await coming;
      // Where nothing has moved, nothing is laid out anew, and what has come stays.
      const same = this.shape?.whole && this.shape.equals(told) ? this.shape : undefined;
      if (same && onlyMoved) return void (this.error = undefined);
      const shape = same ?? told;
      // What was taken away meanwhile is in the shape still.
      const fresh = this.#removed.size > 0 ? new PageCache() : known;
      const cache = same ? this.#cache : fresh;
      const pages = pagesBetween(shape, first, Math.min(last, shape.count - 1));
      const missing = pages.filter((page) => !fresh.has(page));
      await Promise.all(missing.map((page) => this.#fetch(shape, cache, page)));
      if (!same) this.#giveUpLoading();
      const shown = pages.reduce((so, page) => so.withItems(page, cache.items(page) ?? []), shape);
      this.#show(shown, cache);
    } catch (error) {
      if (!this.shape?.whole) this.shape = undefined;
      this.error = error;
    }
  }

  #giveUpLoading(): void {
    for (const { abort } of this.#loading.values()) abort.abort();
    this.#loading.clear();
  }

  #show(shape: Shape, cache: PageCache): void {
    this.#removed.clear();
    this.#taken.clear();
    this.#cache = cache;
    this.shape = shape;
    this.error = undefined;
    this.version += 1;
  }

  /** The item at an index; undefined until it has come. */
  media(index: number): Media | undefined {
    if (this.version < 0 || !this.shape) return undefined;
    const { page, offset } = this.shape.locate(index);
    return this.#cache.items(page)?.[offset];
  }

  /** The address of an item's original or of a rendition; undefined where it cannot be fetched. */
  urlOf(media: Media, object: Rendition | 'original'): string | undefined {
    return this.delivery && this.source.urlOf(this.delivery, media, object);
  }

  /** The item's id, which is known longer than the item. */
  idAt(index: number): string | undefined {
    if (!this.shape) return undefined;
    const { page, offset } = this.shape.locate(index);
    return this.#cache.ids(page)?.[offset];
  }

  /** Where an item is, as far as its page ever came. */
  indexOf(mediaId: string): number | undefined {
    const place = this.#cache.find(mediaId);
    return place && this.shape && (this.shape.starts[place.page] ?? 0) + place.offset;
  }

  /** Has the items between two indexes come, and gives up what was asked for elsewhere. */
  want(first: number, last: number): void {
    if (!this.shape) return;
    const wanted = new Set(pagesBetween(this.shape, first, last));
    for (const [page, { abort }] of this.#loading) if (!wanted.has(page)) abort.abort();
    for (const page of wanted) void this.#load(page);
  }

  /** Waits for the item at an index. */
  async mediaAt(index: number): Promise<Media | undefined> {
    if (this.shape) await this.#load(this.shape.locate(index).page);
    return this.media(index);
  }

  /** The ids of the items between two indexes, however many. */
  async idsBetween(first: number, last: number, { signal, progress }: Reading): Promise<string[]> {
    const { shape } = this;
    if (!shape || shape.count === 0) return [];
    const missing = pagesBetween(shape, first, last).filter((page) => !this.#cache.ids(page));
    const cache = this.#cache;
    let count = 0;
    if (missing.length > 0) progress(count);
    const fetchNext = async (): Promise<void> => {
      for (let page = missing.pop(); page !== undefined; page = missing.pop()) {
        const items = await this.#list(shape, cache, page, signal);
        cache.putIds(
          page,
          items.map(({ mediaId }) => mediaId),
        );
        count += items.length;
        if (!signal.aborted) progress(count);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, fetchNext));
    const ids: string[] = [];
    for (let index = first; index <= last; index += 1) {
      const { page, offset } = shape.locate(index);
      const id = cache.ids(page)?.[offset];
      if (id !== undefined) ids.push(id);
    }
    return ids;
  }

  /** Finds an item that was not met yet, by when it was added. */
  async seek(mediaId: string): Promise<number | undefined> {
    const known = this.indexOf(mediaId);
    if (known !== undefined || !this.shape) return known;
    const { pages } = this.shape;
    const mayHold = await this.source.mayHold(mediaId);
    for (let number = pages.length - 1; number >= 0; number -= 1) {
      const page = pages[number];
      if (!page || !mayHold(page)) continue;
      await this.#load(number);
      const found = this.indexOf(mediaId);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Takes items away at once. */
  remove(mediaIds: ReadonlySet<string>): void {
    const { shape } = this;
    if (!shape) return;
    const places = this.#cache.remove(mediaIds);
    for (const id of mediaIds) this.#removed.add(id);
    for (const one of places)
      this.#taken.set(one.mediaId, { ...one, permille: shape.pages[one.page]?.aspects[one.offset] ?? 0 });
    this.shape = shape.without(places);
    this.version += 1;
  }

  /** Shows items again that are not gone after all. A shape that has come since has them anyway. */
  putBack(mediaIds: readonly string[]): void {
    const taken = mediaIds
      .flatMap((id) => this.#taken.get(id) ?? [])
      .sort((one, other) => one.page - other.page || one.offset - other.offset);
    if (!this.shape || taken.length === 0) return;
    for (const one of taken) {
      this.#removed.delete(one.mediaId);
      this.#taken.delete(one.mediaId);
      this.#cache.putBack(one);
    }
    this.shape = this.shape.including(taken);
    this.version += 1;
  }

  /** Takes what an item has become, as after its renditions were made. */
  replace(media: Media): void {
    const place = this.#cache.find(media.mediaId);
    if (!place || !this.shape) return;
    this.#cache.replace(media);
    const permille = aspectOf(media);
    if (this.shape.pages[place.page]?.aspects[place.offset] !== permille) {
      this.shape = this.shape.withAspect(place, permille);
    }
    this.version += 1;
  }

  /** Those of these items of which there is no picture, as far as they were met and are still kept. */
  failedAmong(mediaIds: ReadonlySet<string>): string[] {
    if (this.version < 0) return [];
    const failed = this.#cache.kept().filter(({ renditions }) => renditions?.state === RenditionState.FAILED);
    return failed.map(({ mediaId }) => mediaId).filter((id) => mediaIds.has(id));
  }

  async #load(page: number): Promise<void> {
    const { shape } = this;
    if (!shape || this.#cache.has(page)) return this.#cache.touch(page);
    const under = this.#loading.get(page);
    if (under && !under.abort.signal.aborted) return under.done;
    const abort = new AbortController();
    const done = this.#fetch(shape, this.#cache, page, abort.signal)
      .then(
        () => {
          this.shape = this.shape?.withItems(page, this.#cache.items(page) ?? []);
          this.version += 1;
        },
        (error: unknown) => {
          if (!isCanceled(error) && !abort.signal.aborted) this.error = error;
        },
      )
      .finally(() => {
        if (this.#loading.get(page)?.abort === abort) this.#loading.delete(page);
      });
    this.#loading.set(page, { abort, done });
    return done;
  }

  async #fetch(shape: Shape, cache: PageCache, page: number, signal?: AbortSignal): Promise<void> {
    cache.put(page, await this.#list(shape, cache, page, signal));
  }

  async #list(shape: Shape, cache: PageCache, page: number, signal?: AbortSignal): Promise<Media[]> {
    const cursor = shape.pages[page]?.cursor ?? '';
    const { media, delivery } = await this.source.list(cursor, signal);
    this.delivery = delivery;
    if (cache !== this.#cache || !this.shape) return media;
    // Where items were taken away, the answer may still hold them, and goes on into the next page.
    const left = media.filter(({ mediaId }) => !this.#removed.has(mediaId));
    return left.slice(0, this.shape.pages[page]?.aspects.length);
  }
}

/** The numbers of the pages that hold the items between two indexes. */
function pagesBetween(shape: Shape, first: number, last: number): number[] {
  if (shape.count === 0 || last < first) return [];
  const from = shape.locate(Math.max(first, 0)).page;
  const to = shape.locate(Math.min(last, shape.count - 1)).page;
  return Array.from({ length: to - from + 1 }, (_, step) => from + step);
}
