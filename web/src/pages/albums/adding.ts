import { uploader } from '../../adding/uploader.svelte';
import { albumList } from '../../albums/album-list.svelte';
import { formatDate } from '../../format';
import { t } from '../../i18n/index.svelte';
import { toastError } from '../../notices/toasts.svelte';
import { navigate } from '../../routing/router.svelte';
import { albumPath } from '../../routing/routes';
import { pickedFiles } from '../../upload/picked-files';

/** The album whose card is there; undefined elsewhere on the page. */
export function albumUnder(element: Element | null): { albumId: string; title: string } | undefined {
  const card = element?.closest<HTMLElement>('[data-album-id]');
  const { albumId, albumTitle } = card?.dataset ?? {};
  return albumId === undefined ? undefined : { albumId, title: albumTitle ?? '' };
}

/** Adds what is dropped on a card to its album, and what is dropped beside the cards to a new one. */
export async function addDropped(dropped: DataTransfer, over: Element | null): Promise<void> {
  try {
    const album = albumUnder(over);
    if (album) return await uploader.engine?.addFiles(dropped, album);
    // Both are read at once, while the drop lasts.
    const folder = folderName(dropped);
    const picking = pickedFiles(dropped);
    const files = (await picking).map(({ file }) => file);
    if (files.length === 0) return undefined;
    const title = folder ?? t('albums.picturesOf', formatDate(BigInt(Date.now()) * 1000n, 'day'));
    const albumId = await albumList.create(title);
    navigate(albumPath(albumId));
    return await uploader.engine?.addFiles(files, { albumId, title });
  } catch (error) {
    return toastError(error);
  }
}

/** The name of the folder, where just one is dropped. */
function folderName({ items }: DataTransfer): string | undefined {
  const entry = items.length === 1 ? items[0]?.webkitGetAsEntry() : undefined;
  return entry?.isDirectory ? entry.name : undefined;
}
