import type { Delivery, Media, MediaPage, Rendition } from '../gen/picup/queries/v1/album_pb';
import type { ShapePage } from './shape';

/** Where the items of an album come from: whoever owns it asks otherwise than a guest. */
export interface ItemSource {
  /** The shape of the whole album. */
  pages(): Promise<readonly MediaPage[]>;
  /** The items of the page with this cursor. */
  list(cursor: string, signal?: AbortSignal): Promise<Listed>;
  /** Tells which pages may hold an item that has not been met yet. */
  mayHold(mediaId: string): Promise<(page: ShapePage) => boolean>;
  /** The address of an original or a rendition; undefined where the asker may not fetch it. */
  urlOf(delivery: Delivery, media: Media, object: Rendition | 'original'): string | undefined;
}

/** A page of items. */
export interface Listed {
  readonly media: Media[];
  /** Empty on the last page. */
  readonly nextCursor: string;
  /** How their objects are fetched. */
  readonly delivery?: Delivery | undefined;
}
