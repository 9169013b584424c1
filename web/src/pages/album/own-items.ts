import { clients } from '../../api/clients';
import { isNotFound } from '../../api/errors';
import { type Delivery, type Media, MediaState, type Rendition } from '../../gen/picup/queries/v1/album_pb';
import { AlbumItems } from '../../grid/album-items.svelte';
import type { ItemSource, Listed } from '../../grid/item-source';
import type { ShapePage } from '../../grid/shape';
import { objectUrl } from '../../media/delivery';

/** Items that come at once. */
const PAGE_SIZE = 200;

/** The items of an album of whoever is signed in. */
export class OwnItems extends AlbumItems {
  constructor(readonly albumId: string) {
    super(new OwnSource(albumId));
  }

  /** Asks for an item again, as after its renditions were made. */
  async refresh(mediaId: string): Promise<void> {
    const { media, delivery } = await getMedia(mediaId);
    if (media?.albumId !== this.albumId || media.state !== MediaState.STORED)
      return this.remove(new Set([mediaId]));
    this.delivery = delivery;
    this.replace(media);
  }

  /** Asks how objects are fetched from now on. */
  async renewDelivery(): Promise<void> {
    const { delivery } = await clients.albumQueries.getAlbum({ albumId: this.albumId });
    if (!delivery || delivery.query === this.delivery?.query) return;
    this.delivery = delivery;
    this.version += 1;
  }
}

class OwnSource implements ItemSource {
  constructor(readonly albumId: string) {}

  async pages() {
    const { albumId } = this;
    return (await clients.albumQueries.listMediaPages({ albumId, pageSize: PAGE_SIZE })).pages;
  }

  list(cursor: string, signal?: AbortSignal): Promise<Listed> {
    const request = { albumId: this.albumId, pageSize: PAGE_SIZE, cursor };
    return clients.albumQueries.listMedia(request, signal ? { signal } : {});
  }

  /** By when it was added. */
  async mayHold(mediaId: string): Promise<(page: ShapePage) => boolean> {
    const { media } = await getMedia(mediaId);
    if (media?.albumId !== this.albumId) return () => false;
    const { addedAtMicros } = media;
    return ({ newestMicros, oldestMicros }) => oldestMicros <= addedAtMicros && addedAtMicros <= newestMicros;
  }

  urlOf(delivery: Delivery, { mediaId }: Media, object: Rendition | 'original'): string {
    return objectUrl(delivery, mediaId, object === 'original' ? object : object.name);
  }
}

async function getMedia(mediaId: string): Promise<{ media?: Media; delivery?: Delivery }> {
  try {
    return await clients.albumQueries.getMedia({ mediaId });
  } catch (error) {
    if (isNotFound(error)) return {};
    throw error;
  }
}
