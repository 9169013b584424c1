import { clients } from '../../api/clients';
import type { Album, Delivery, Media } from '../../gen/picup/queries/v1/album_pb';
import { mergeTrash } from './merge-trash';

/** What one question asks for, at most. */
const PAGE_SIZE = 500;

/** What lies in the trash, the latest first. More comes where somebody looks; what is removed here is gone at once. */
export class TrashItems {
  /** Undefined until the first have come. */
  media = $state.raw<readonly Media[]>();
  /** Deleted albums that can come back. */
  albums = $state.raw<readonly Album[]>([]);
  delivery = $state.raw<Delivery>();
  error = $state.raw<unknown>();
  /** Whether there is no more to come. */
  complete = $state(false);
  /** What was taken away, by when it had come here: an answer may still hold it, but what comes again shows. */
  readonly #removed = new Map<string, bigint | undefined>();
  #cursor = '';
  #loading: Promise<void> | undefined;

  /** As the selection wishes it. */
  get shape(): { readonly count: number } | undefined {
    return this.media && { count: this.media.length };
  }

  idAt(index: number): string | undefined {
    return this.media?.[index]?.mediaId;
  }

  idsBetween(first: number, last: number): Promise<string[]> {
    return Promise.resolve((this.media ?? []).slice(first, last + 1).map(({ mediaId }) => mediaId));
  }

  /** Asks for all again that has come so far, or for the first page. */
  async reload(): Promise<void> {
    await this.#loading;
    this.#loading = this.#reload().finally(() => (this.#loading = undefined));
    await this.#loading;
  }

  /** Asks for the next page. */
  loadMore(): Promise<void> {
    if (this.complete || this.error) return Promise.resolve();
    this.#loading ??= this.#loadMore().finally(() => (this.#loading = undefined));
    return this.#loading;
  }

  /** Asks for all that there is. */
  async loadAll(): Promise<void> {
    while (!this.complete && !this.error) await this.loadMore();
    if (this.error) throw this.error;
  }

  /** Asks how objects are fetched from now on. */
  async renewDelivery(): Promise<void> {
    const { delivery } = await clients.albumQueries.listTrash({ pageSize: 1 });
    if (delivery?.query !== this.delivery?.query) this.delivery = delivery;
  }

  /** Takes items away at once, and answers them. */
  remove(ids: ReadonlySet<string>): Media[] {
    const before = this.media ?? [];
    const removed = before.filter(({ mediaId }) => ids.has(mediaId));
    for (const { mediaId, trashedAtMicros } of removed) this.#removed.set(mediaId, trashedAtMicros);
    this.media = this.#withoutRemoved(before);
    return removed;
  }

  /** Shows items again where they were. */
  putBack(items: readonly Media[]): void {
    for (const { mediaId } of items) this.#removed.delete(mediaId);
    this.media = mergeTrash(this.media ?? [], items);
  }

  removeAlbum(albumId: string): void {
    this.albums = this.albums.filter((album) => album.albumId !== albumId);
  }

  async #reload(): Promise<void> {
    const wanted = Math.max(this.media?.length ?? 0, 1);
    try {
      const media: Media[] = [];
      let cursor = '';
      do {
        const page = await clients.albumQueries.listTrash({ pageSize: PAGE_SIZE, cursor });
        media.push(...page.media);
        this.delivery = page.delivery;
        cursor = page.nextCursor;
      } while (cursor !== '' && media.length < wanted);
      this.albums = await listDeletedAlbums();
      this.media = this.#withoutRemoved(media);
      this.#take(cursor);
    } catch (error) {
      this.error = error;
    }
  }

  async #loadMore(): Promise<void> {
    try {
      const page = await clients.albumQueries.listTrash({ pageSize: PAGE_SIZE, cursor: this.#cursor });
      this.delivery = page.delivery;
      this.media = mergeTrash(this.media ?? [], this.#withoutRemoved(page.media));
      this.#take(page.nextCursor);
    } catch (error) {
      this.error = error;
    }
  }

  #withoutRemoved(media: readonly Media[]): Media[] {
    return media.filter(
      ({ mediaId, trashedAtMicros }) =>
        !this.#removed.has(mediaId) || this.#removed.get(mediaId) !== trashedAtMicros,
    );
  }

  #take(cursor: string): void {
    this.#cursor = cursor;
    this.complete = cursor === '';
    this.error = undefined;
  }
}

async function listDeletedAlbums(): Promise<Album[]> {
  const albums: Album[] = [];
  let cursor = '';
  do {
    const page = await clients.albumQueries.listDeletedAlbums({ pageSize: PAGE_SIZE, cursor });
    albums.push(...page.albums);
    cursor = page.nextCursor;
  } while (cursor !== '');
  return albums;
}
