import { albumList } from '../../albums/album-list.svelte';
import { type BulkOutcome, forEachItem } from '../../albums/bulk';
import { clients } from '../../api/clients';
import { newCommandId } from '../../api/command-id';
import { messageOf } from '../../api/message';
import { formatBytes } from '../../format';
import type { Album, Media } from '../../gen/picup/queries/v1/album_pb';
import { t } from '../../i18n/index.svelte';
import { confirm } from '../../notices/confirm.svelte';
import { toast, toastError } from '../../notices/toasts.svelte';
import type { TrashItems } from './trash-items.svelte';

/** Puts items back into their albums. */
export async function restoreItems(trash: TrashItems, ids: readonly string[]): Promise<void> {
  const removed = trash.remove(new Set(ids));
  const outcome = await forEachItem(ids, (mediaId) =>
    clients.mediaCommands.restoreMedia({ commandId: newCommandId(), mediaId }),
  );
  const undo = () => trashAgain(trash, outcome.done);
  if (outcome.done.length > 0) toast({ text: t('trash.restored', outcome.done.length), undo });
  settle(trash, removed, outcome);
}

async function trashAgain(trash: TrashItems, ids: readonly string[]): Promise<void> {
  const outcome = await forEachItem(ids, (mediaId) =>
    clients.mediaCommands.trashMedia({ commandId: newCommandId(), mediaId }),
  );
  settle(trash, [], outcome);
  await trash.reload();
}

/** Deletes items for good, if that is what is wished. Answers whether it was. */
export async function deleteItems(trash: TrashItems, ids: readonly string[]): Promise<boolean> {
  const confirmed = await confirm({
    title: t('trash.deleteTitle', ids.length),
    text: t('trash.deleteText'),
    action: t('trash.deleteAction'),
    dangerous: true,
  });
  if (!confirmed) return false;
  const removed = trash.remove(new Set(ids));
  void forEachItem(ids, (mediaId) =>
    clients.mediaCommands.deleteMedia({ commandId: newCommandId(), mediaId }),
  ).then((outcome) => {
    if (outcome.done.length > 0) toast({ text: t('trash.deleted', outcome.done.length) });
    settle(trash, removed, outcome);
  });
  return true;
}

/** Deletes for good all that lies in the trash, if that is what is wished. */
export async function emptyTrash(trash: TrashItems): Promise<void> {
  // What is asked names the number, so everything has to be known first.
  try {
    await trash.loadAll();
  } catch (error) {
    toastError(error);
    return;
  }
  const everything = trash.media ?? [];
  const bytes = everything.reduce((sum, media) => sum + media.bytes, 0n);
  const confirmed = await confirm({
    title: t('trash.emptyTrashTitle'),
    text: t('trash.emptyTrashText', everything.length, formatBytes(bytes)),
    action: t('trash.emptyTrashAction', everything.length),
    dangerous: true,
  });
  if (!confirmed) return;
  const { albums } = trash;
  const removed = trash.remove(new Set(everything.map(({ mediaId }) => mediaId)));
  trash.albums = [];
  try {
    await clients.mediaCommands.emptyTrash({ commandId: newCommandId() });
    toast({ text: t('trash.deleted', removed.length) });
  } catch (error) {
    trash.putBack(removed);
    trash.albums = albums;
    toastError(error);
  }
}

/** Brings a deleted album back. What went to the trash with it follows in the background. */
export async function restoreAlbum(trash: TrashItems, album: Album): Promise<void> {
  trash.removeAlbum(album.albumId);
  try {
    await albumList.restore(album);
    toast({ text: t('trash.albumRestored', album.title), undo: () => deleteAgain(trash, album) });
  } catch (error) {
    toastError(error);
  }
  await trash.reload();
}

async function deleteAgain(trash: TrashItems, album: Album): Promise<void> {
  await albumList.delete(album);
  await trash.reload();
}

/** Shows again what was refused, and says why. */
function settle(trash: TrashItems, removed: readonly Media[], { failed, error }: BulkOutcome): void {
  if (failed.length === 0) return;
  const refused = new Set(failed);
  trash.putBack(removed.filter(({ mediaId }) => refused.has(mediaId)));
  toast({ text: t('trash.someFailed', failed.length, messageOf(error)), kind: 'error' });
}
