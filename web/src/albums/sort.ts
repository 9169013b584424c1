import type { Album } from '../gen/picup/queries/v1/album_pb';

/** The orders in which cards of albums can stand. */
export const albumOrders = ['newest', 'name', 'size'] as const;
export type AlbumOrder = (typeof albumOrders)[number];

/** The albums in this order; names are compared as people of this language do. */
export function sortAlbums(albums: readonly Album[], order: AlbumOrder, language: string): Album[] {
  const byName = new Intl.Collator(language, { numeric: true, sensitivity: 'base' });
  const descending = (left: bigint, right: bigint) => (left < right ? 1 : left > right ? -1 : 0);
  return [...albums].sort((left, right) => {
    if (order === 'name') return byName.compare(left.title, right.title);
    if (order === 'size') return descending(left.bytes, right.bytes);
    return descending(left.createdAtMicros, right.createdAtMicros);
  });
}
