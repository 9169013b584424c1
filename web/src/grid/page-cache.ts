import type { Media } from '../gen/picup/queries/v1/album_pb';
import type { Place } from './shape';

/** How many pages keep their items; of the others only the ids are kept. */
const MOST_PAGES = 24;

/** An item that was taken away, and where it was. */
export interface Taken extends Place {
  readonly mediaId: string;
  /** Undefined where only its id was kept. */
  readonly media: Media | undefined;
}

/** The items of the pages that were looked at last, and the ids of all that ever came. */
export class PageCache {
  // A Map keeps the order of insertion: what was used last is last.
  readonly #pages = new Map<number, readonly Media[]>();
  readonly #ids = new Map<number, readonly string[]>();

  has(page: number): boolean {
    return this.#pages.has(page);
  }

  items(page: number): readonly Media[] | undefined {
    return this.#pages.get(page);
  }

  ids(page: number): readonly string[] | undefined {
    return this.#ids.get(page);
  }

  put(page: number, items: readonly Media[]): void {
    this.#pages.delete(page);
    this.#pages.set(page, items);
    this.#ids.set(
      page,
      items.map(({ mediaId }) => mediaId),
    );
    for (const oldest of this.#pages.keys()) {
      if (this.#pages.size <= MOST_PAGES) break;
      this.#pages.delete(oldest);
    }
  }

  /** Lets go the items of all other pages; their ids stay. */
  keepItems(pages: ReadonlySet<number>): void {
    for (const page of this.#pages.keys()) if (!pages.has(page)) this.#pages.delete(page);
  }

  /** Keeps the ids of a page that nobody looks at. */
  putIds(page: number, ids: readonly string[]): void {
    this.#ids.set(page, ids);
  }

  /** Says that a page is being looked at, so that it stays. */
  touch(page: number): void {
    const items = this.#pages.get(page);
    if (!items) return;
    this.#pages.delete(page);
    this.#pages.set(page, items);
  }

  /** Where an item is: the page and the place in it. */
  find(mediaId: string): Place | undefined {
    for (const [page, ids] of this.#ids) {
      const offset = ids.indexOf(mediaId);
      if (offset >= 0) return { page, offset };
    }
    return undefined;
  }

  /** The items of the pages that are kept. */
  kept(): Media[] {
    return Array.from(this.#pages.values()).flat();
  }

  replace(media: Media): void {
    for (const [page, items] of this.#pages) {
      const offset = items.findIndex(({ mediaId }) => mediaId === media.mediaId);
      if (offset >= 0) this.#pages.set(page, items.with(offset, media));
    }
  }

  /** Forgets items, in one go however many; answers what was where. */
  remove(mediaIds: ReadonlySet<string>): Taken[] {
    const taken: Taken[] = [];
    for (const [page, ids] of this.#ids) {
      const items = this.#pages.get(page);
      const left = ids.filter((mediaId, offset) => {
        const goes = mediaIds.has(mediaId);
        if (goes) taken.push({ page, offset, mediaId, media: items?.[offset] });
        return !goes;
      });
      if (left.length === ids.length) continue;
      this.#ids.set(page, left);
      // To set what is there already does not make it newer.
      if (items)
        this.#pages.set(
          page,
          items.filter(({ mediaId }) => !mediaIds.has(mediaId)),
        );
    }
    return taken;
  }

  /** Puts an item where it was. Where its page is kept but not the item itself, the page has to come anew. */
  putBack({ page, offset, mediaId, media }: Taken): void {
    this.#ids.set(page, (this.#ids.get(page) ?? []).toSpliced(offset, 0, mediaId));
    const items = this.#pages.get(page);
    if (items && media) this.#pages.set(page, items.toSpliced(offset, 0, media));
    else this.#pages.delete(page);
  }
}
