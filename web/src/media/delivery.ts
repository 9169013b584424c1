import { session } from '../api/session.svelte';
import type { Delivery, Media, Rendition } from '../gen/picup/queries/v1/album_pb';

/** The address of one of an item's objects: `original` or a rendition's name. */
export function objectUrl(delivery: Delivery, mediaId: string, object: string): string {
  return `${delivery.baseUrl}/u/${session.accountId}/m/${mediaId}/${object}?${delivery.query}`;
}

/** A picture of the item that is no wider than it need be for this width; undefined where there is none (yet). */
export function pictureFor(media: Media, width: number): Rendition | undefined {
  const pictures = (media.renditions?.objects ?? [])
    .filter((rendition) => rendition.contentType.startsWith('image/'))
    .sort((left, right) => left.width - right.width);
  return pictures.find((picture) => picture.width >= width) ?? pictures.at(-1);
}

/** A video of the item that every browser plays; undefined where there is none (yet). */
export function playableVideo(media: Media): Rendition | undefined {
  return media.renditions?.objects.find((rendition) => rendition.contentType === 'video/mp4');
}
