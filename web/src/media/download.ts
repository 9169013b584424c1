import { clients } from '../api/clients';
import { sleep } from '../api/retry';
import { session } from '../api/session.svelte';
import type { Delivery, Media } from '../gen/picup/queries/v1/album_pb';
import { objectUrl } from './delivery';

/** A browser that gets links faster than this drops some of them. */
const BETWEEN_LINKS = 400;
/** So long a fetched file may still be needed after its link was followed. */
const KEPT_FOR = 60_000;

/** Saves originals one after the other, under their own names; answers how many did not come. */
export async function downloadOriginals(mediaIds: readonly string[]): Promise<number> {
  let failed = 0;
  for (const [number, mediaId] of mediaIds.entries()) {
    if (number > 0) await sleep(BETWEEN_LINKS);
    try {
      const { media, delivery } = await clients.albumQueries.getMedia({ mediaId });
      if (media && delivery) await saveOriginal(media, delivery);
    } catch {
      failed += 1;
    }
  }
  return failed;
}

/** Saves one original under its own name. */
export async function saveOriginal(media: Media, delivery: Delivery): Promise<void> {
  const url = objectUrl(delivery, media.mediaId, 'original');
  if (new URL(url).origin === location.origin) return followDownload(url, media.fileName);
  // A link to another origin would show the file in place of the app: it is fetched first.
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the original was answered with ${response.status}`);
  const fetched = URL.createObjectURL(await response.blob());
  followDownload(fetched, media.fileName);
  setTimeout(() => URL.revokeObjectURL(fetched), KEPT_FOR);
}

/** Saves all originals of an album as one ZIP, which is made while it comes. */
export function downloadAlbum(albumId: string, title: string, delivery: Delivery): void {
  followDownload(
    `${delivery.baseUrl}/u/${session.accountId}/a/${albumId}.zip?${delivery.query}`,
    `${title}.zip`,
  );
}

function followDownload(url: string, fileName: string): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
}
