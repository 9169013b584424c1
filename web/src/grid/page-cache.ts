import type { Media } from '../gen/picup/queries/v1/album_pb';

/** How many pages keep their items; of the others only the ids are kept. */
const MOST_PAGES = 24;

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
  find(mediaId: string): { page: number; offset: number } | undefined {
    for (const [page, ids] of this.#ids) {
      const offset = ids.indexOf(mediaId);
      if (offset >= 0) return { page, offset };
    }
    return undefined;
  }

  /** Any item of the pages that are kept. */
  get(mediaId: string): Media | undefined {
    for (const items of this.#pages.values()) {
      const found = items.find((media) => media.mediaId === mediaId);
      if (found) return found;
    }
    return undefined;
  }

  replace(media: Media): void {
    for (const [page, items] of this.#pages) {
      const offset = items.findIndex(({ mediaId }) => mediaId === media.mediaId);
      if (offset >= 0) this.#pages.set(page, items.with(offset, media));
    }
  }

  remove(mediaIds: ReadonlySet<string>): void {
    for (const [page, items] of this.#pages) {
      if (items.some(({ mediaId }) => mediaIds.has(mediaId))) {
        this.#pages.set(
          page,
          items.filter(({ mediaId }) => !mediaIds.has(mediaId)),
        );
      }
    }
    for (const [page, ids] of this.#ids) {
      if (ids.some((id) => mediaIds.has(id))) {
        this.#ids.set(
          page,
          ids.filter((id) => !mediaIds.has(id)),
        );
      }
    }
  }
}
