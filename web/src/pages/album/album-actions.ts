import { albumList } from '../../albums/album-list.svelte';
import type { BulkOutcome } from '../../albums/bulk';
import { clients } from '../../api/clients';
import { newCommandId } from '../../api/command-id';
import { messageOf } from '../../api/message';
import { session } from '../../api/session.svelte';
import type { Album, Media } from '../../gen/picup/queries/v1/album_pb';
import { t } from '../../i18n/index.svelte';
import { objectUrl } from '../../media/delivery';
import { type Download, followDownload, saveFile, saveFiles } from '../../media/download';
import { toast, toastError } from '../../notices/toasts.svelte';
import { navigate } from '../../routing/router.svelte';
import type { OpenAlbum } from './open-album.svelte';

/** Moves items to the trash: they are gone from the page at once, and come back where that was refused. */
export async function trashItems(open: OpenAlbum, ids: readonly string[]): Promise<void> {
  open.items.remove(new Set(ids));
  const outcome = await open.change(ids, (mediaId) =>
    clients.mediaCommands.trashMedia({ commandId: newCommandId(), mediaId }),
  );
  const undo = () => restoreItems(open, outcome.done);
  if (outcome.done.length > 0) toast({ text: t('album.trashed', outcome.done.length), undo });
  await settle(open, outcome);
}

async function restoreItems(open: OpenAlbum, ids: readonly string[]): Promise<void> {
  const outcome = await open.change(ids, (mediaId) =>
    clients.mediaCommands.restoreMedia({ commandId: newCommandId(), mediaId }),
  );
  tellFailures(outcome);
  await open.reload();
}

/** Moves items to another album, from which Undo brings them back. */
export async function moveItems(
  open: OpenAlbum,
  ids: readonly string[],
  target: Pick<Album, 'albumId' | 'title'>,
): Promise<void> {
  open.items.remove(new Set(ids));
  const outcome = await moveAll(open, ids, target.albumId);
  const undo = async (): Promise<void> => {
    tellFailures(await moveAll(open, outcome.done, open.albumId));
    await open.reload();
  };
  if (outcome.done.length > 0) toast({ text: t('album.moved', outcome.done.length, target.title), undo });
  await settle(open, outcome);
}

function moveAll(open: OpenAlbum, ids: readonly string[], albumId: string): Promise<BulkOutcome> {
  return open.change(ids, (mediaId) =>
    clients.mediaCommands.moveMedia({ commandId: newCommandId(), mediaId, albumId }),
  );
}

/** Has renditions made again. */
export async function retryItems(open: OpenAlbum, ids: readonly string[]): Promise<void> {
  const outcome = await open.change(ids, async (mediaId) => {
    await clients.mediaCommands.requestRenditions({ commandId: newCommandId(), mediaId });
    await open.items.refresh(mediaId);
  });
  if (outcome.done.length > 0) toast({ text: t('album.retried', outcome.done.length) });
  tellFailures(outcome);
}

/** Saves the originals of items. */
export async function downloadItems(ids: readonly string[]): Promise<void> {
  if (ids.length > 1) toast({ text: t('album.downloading', ids.length) });
  const failed = await saveFiles(ids, originalOf);
  if (failed > 0) toast({ text: t('album.downloadFailed', failed), kind: 'error' });
}

async function originalOf(mediaId: string): Promise<Download | undefined> {
  // The address that is known may end before it is its turn.
  const { media, delivery } = await clients.albumQueries.getMedia({ mediaId });
  return media && delivery && { url: objectUrl(delivery, mediaId, 'original'), fileName: media.fileName };
}

/** Saves the original of the item that is looked at. */
export function downloadItem(open: OpenAlbum, media: Media): void {
  const url = open.items.urlOf(media, 'original');
  if (url) saveFile({ url, fileName: media.fileName }).catch(toastError);
}

/** Saves all originals of the album as one ZIP. */
export function downloadAlbum({ albumId, title, items }: OpenAlbum): void {
  if (!items.delivery) return;
  const { baseUrl, query } = items.delivery;
  const url = `${baseUrl}/u/${session.accountId}/a/${albumId}.zip?${query}`;
  followDownload({ url, fileName: `${title}.zip` });
}

/** Has an item stand for its album; without one, the newest again. */
export async function chooseCover(open: OpenAlbum, mediaId: string): Promise<void> {
  try {
    await clients.albumCommands.chooseCover({ commandId: newCommandId(), albumId: open.albumId, mediaId });
    toast({ text: t('album.coverChosen') });
    await open.loadAlbum();
  } catch (error) {
    toastError(error);
  }
}

/** Deletes the album and leaves its page; Undo brings it back. */
export async function deleteAlbum({ album }: OpenAlbum): Promise<void> {
  if (!album) return;
  try {
    await albumList.delete(album);
    navigate('/albums', { replace: true });
    toast({ text: t('albums.deleted', album.title), undo: () => albumList.restore(album) });
  } catch (error) {
    toastError(error);
  }
}

/** Says what was not done and shows it again; else the album's own numbers are all that has changed. */
async function settle(open: OpenAlbum, outcome: BulkOutcome): Promise<void> {
  tellFailures(outcome);
  // Without a network nobody else can tell that they are still there.
  open.items.putBack(outcome.failed);
  await (outcome.failed.length > 0 ? open.reload() : open.loadAlbum());
}

function tellFailures({ failed, error }: BulkOutcome): void {
  if (failed.length === 0) return;
  toast({ text: t('album.someFailed', failed.length, messageOf(error)), kind: 'error' });
}
