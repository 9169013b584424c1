import { plural } from '../../i18n/plural';

export const en = {
  title: 'Storage',
  used: (used: string, quota: string) => `${used} of ${quota} used`,
  free: (free: string) => `${free} free`,
  bar: (percent: string) => `${percent} of your storage is used`,
  portionAlbums: 'In your albums',
  portionTrash: 'In the trash',
  portionReserved: 'Reserved for uploads',
  portionFree: 'Free',
  photos: (count: number) => plural(count, 'photo', 'photos'),
  videos: (count: number) => plural(count, 'video', 'videos'),

  nearlyFull: (free: string) => `Only ${free} left. New uploads may soon not fit.`,
  full: 'Your storage is full. New uploads are refused until there is room.',
  seeTrash: 'Look at the trash',

  largest: 'What takes most',
  showAll: (count: number) => `Show all ${plural(count, 'album', 'albums')}`,
  noAlbums: 'Nothing is stored yet.',

  explain: 'Explain these numbers',
  quota: 'Your storage',
  quotaWhy: 'What this account may hold. Whoever runs this Pic-up sets it.',
  albumsWhy: 'The originals in your albums. Previews that we make of them do not count.',
  trashWhy:
    'Originals in the trash. They are still stored, so that they can come back, and count until they are deleted for good.',
  reservedWhy:
    'An upload reserves its whole size when it begins, so that it cannot fail at its end for lack of room. When it completes, the bytes move to your albums; when it is cancelled or given up, they are free again.',
  freeWhy: 'What is left for new uploads.',
  freesTitle: 'What frees storage',
  frees: [
    'Moving something to the trash frees nothing yet; deleting it there does, as does the end of its time.',
    'What is deleted for good counts until the storage service has confirmed that every file of it is gone. That takes seconds, and a receipt is kept.',
    'An upload that nobody goes on with is given up after some days, and what it had reserved is free again.',
  ].join('\n'),
};
