import type { Media } from '../gen/picup/queries/v1/album_pb';
import { t } from '../i18n/index.svelte';
import { type Download, saveFile, saveFiles } from '../media/download';
import { toast, toastError } from '../notices/toasts.svelte';
import type { SharedAlbum } from './shared-album.svelte';

/** Saves the original of the item that is looked at. */
export function downloadItem(shared: SharedAlbum, media: Media): void {
  const found = originalOf(shared, media);
  if (found) saveFile(found).catch(toastError);
}

/** Saves the originals of items. */
export async function downloadItems(shared: SharedAlbum, ids: readonly string[]): Promise<void> {
  if (ids.length > 1) toast({ text: t('album.downloading', ids.length) });
  const failed = await saveFiles(ids, async (id) => {
    const index = shared.items.indexOf(id);
    const media = index === undefined ? undefined : await shared.items.mediaAt(index);
    return media && originalOf(shared, media);
  });
  if (failed > 0) toast({ text: t('album.downloadFailed', failed), kind: 'error' });
}

function originalOf({ items }: SharedAlbum, media: Media): Download | undefined {
  const url = items.urlOf(media, 'original');
  return url === undefined ? undefined : { url, fileName: media.fileName };
}
