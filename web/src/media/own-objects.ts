import { session } from '../api/session.svelte';
import type { Delivery } from '../gen/picup/queries/v1/album_pb';
import { objectUrl } from './delivery';

/** The address of an object of whoever is signed in: `original` or a rendition's name. */
export function ownObjectUrl({ baseUrl, query }: Delivery, mediaId: string, object: string): string {
  return objectUrl({ baseUrl, accountId: session.accountId, mediaId, object, query });
}

/** The address of all originals of an album as one ZIP, which is made while it comes. */
export function ownAlbumUrl({ baseUrl, query }: Delivery, albumId: string): string {
  return `${baseUrl}/u/${session.accountId}/a/${albumId}.zip?${query}`;
}
