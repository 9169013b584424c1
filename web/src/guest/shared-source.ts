import type { Client } from '@connectrpc/connect';
import type { Delivery, Media, Rendition } from '../gen/picup/queries/v1/album_pb';
import type { ShareQueries } from '../gen/picup/queries/v1/share_pb';
import type { ItemSource, Listed } from '../grid/item-source';
import type { ShapePage } from '../grid/shape';
import { createdAtMicros } from './created-at';

/** Items that come at once: as many as guests may ask for. */
const PAGE_SIZE = 100;

/** The items of a shared album as its guests are shown them. */
export class SharedSource implements ItemSource {
  constructor(
    readonly queries: Client<typeof ShareQueries>,
    /** Whose album it is. */
    readonly accountId: string,
  ) {}

  async pages() {
    return (await this.queries.listSharedMediaPages({ pageSize: PAGE_SIZE })).pages;
  }

  list(cursor: string, signal?: AbortSignal): Promise<Listed> {
    return this.queries.listSharedMedia({ pageSize: PAGE_SIZE, cursor }, signal ? { signal } : {});
  }

  /** An item is added some time after its id was made, mostly soon. */
  async mayHold(mediaId: string): Promise<(page: ShapePage) => boolean> {
    const earliest = createdAtMicros(mediaId);
    return ({ newestMicros }) => newestMicros >= earliest;
  }

  /** For guests each object has a signature of its own. */
  urlOf({ baseUrl }: Delivery, media: Media, object: Rendition | 'original'): string | undefined {
    const { mediaId, originalQuery } = media;
    const [name, query] = object === 'original' ? [object, originalQuery] : [object.name, object.query];
    if (query === '') return undefined;
    return `${baseUrl}/u/${this.accountId}/m/${mediaId}/${name}?${query}`;
  }
}
