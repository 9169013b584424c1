import { plural } from '../../i18n/plural';

export const en = {
  actions: (title: string) => `Actions for “${title}”`,
  create: 'New album',
  createAction: 'Create',
  delete: 'Delete',
  deleted: (title: string) => `“${title}” deleted. Its pictures are in the trash.`,
  emptyText:
    'An album holds photos and videos that belong together. Drop a folder here, or begin with an empty one.',
  emptyTextTouch: 'An album holds photos and videos that belong together.',
  emptyTitle: 'Your first album',
  items: (photos: number, videos: number) => {
    if (photos + videos === 0) return 'Empty';
    const parts = [];
    if (photos > 0) parts.push(plural(photos, 'photo', 'photos'));
    if (videos > 0) parts.push(plural(videos, 'video', 'videos'));
    return parts.join(', ');
  },
  newTitle: 'New album',
  picturesOf: (day: string) => `Pictures of ${day}`,
  rename: 'Rename',
  renameTitle: 'Rename album',
  searchOrNew: 'Search, or name a new album',
  sortBy: 'Sort by',
  sortName: 'Name',
  sortNewest: 'Newest',
  sortSize: 'Size',
  title: 'Albums',
  titleLabel: 'Title',
};
