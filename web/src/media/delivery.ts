import { session } from '../api/session.svelte';
import type { Delivery } from '../gen/picup/queries/v1/album_pb';

/** The address of one of an item's objects: `original` or a rendition's name. */
export function objectUrl(delivery: Delivery, mediaId: string, object: string): string {
  return `${delivery.baseUrl}/u/${session.accountId}/m/${mediaId}/${object}?${delivery.query}`;
}
