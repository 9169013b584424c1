import { plural } from '../../i18n/plural';

const items = (count: number) => plural(count, 'item', 'items');

export const en = {
  title: 'Trash',
  lead: 'What lies here can come back until its time is over. Until then it counts as used storage.',
  items: 'Photos and videos in the trash',
  emptyTitle: 'The trash is empty',
  emptyText: 'What you delete waits here first, in case you want it back.',

  keptFor: (days: number) => {
    if (days === 0) return 'Deleted for good any moment now';
    return days === 1 ? 'Deleted for good within a day' : `Deleted for good in ${days} days`;
  },
  itemLabel: (item: string, kept: string) => `${item}. ${kept}`,
  loadingMore: 'Loading more…',

  albumsTitle: 'Deleted albums',
  albumsText: 'A restored album comes back with all that was in it when it was deleted.',
  albumDeleted: (when: string) => `Deleted ${when}`,
  restoreAlbum: 'Restore',
  restoreAlbumNamed: (title: string) => `Restore “${title}”`,
  albumRestored: (title: string) => `“${title}” is back. Its pictures follow.`,
  itemsTitle: 'Photos and videos',

  restore: 'Restore',
  restored: (count: number) => `${items(count)} restored`,
  deleteNow: 'Delete now',
  deleteTitle: (count: number) => `Delete ${items(count)} for good?`,
  deleteText: 'This cannot be undone. The files and all their pictures are removed from storage.',
  deleteAction: 'Delete for good',
  deleted: (count: number) => `${items(count)} deleted for good`,
  emptyTrash: 'Empty trash',
  emptyTrashTitle: 'Empty the trash?',
  emptyTrashText: (count: number, bytes: string) =>
    `${items(count)} (${bytes}) will be deleted for good, and deleted albums with them. This cannot be undone.`,
  emptyTrashAction: (count: number) => `Delete ${items(count)}`,
  someFailed: (count: number, why: string) =>
    `${items(count)} could not be changed and ${count === 1 ? 'is' : 'are'} here again. ${why}`,
};
