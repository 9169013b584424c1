import type { Media, Rendition } from '../gen/picup/queries/v1/album_pb';

/** What the address of one of an item's objects is made of. */
export interface ObjectAddress {
  readonly baseUrl: string;
  /** Whose item it is. */
  readonly accountId: string;
  readonly mediaId: string;
  /** `original` or a rendition's name. */
  readonly object: string;
  /** The signature. It is a secret. */
  readonly query: string;
}

/** Where an object is fetched. */
export function objectUrl({ baseUrl, accountId, mediaId, object, query }: ObjectAddress): string {
  return `${baseUrl}/u/${accountId}/m/${mediaId}/${object}?${query}`;
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
