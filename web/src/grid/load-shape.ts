import { clients } from '../api/clients';
import type { Media } from '../gen/picup/queries/v1/album_pb';
import { Shape } from './shape';

/** Items that come at once. */
export const PAGE_SIZE = 200;

/** The shape of a whole album. */
export async function loadShape(albumId: string): Promise<Shape> {
  const { pages } = await clients.albumQueries.listMediaPages({ albumId, pageSize: PAGE_SIZE });
  return new Shape(
    pages.map(({ cursor, newestMicros, oldestMicros, aspectPermille }) => ({
      cursor,
      newestMicros,
      oldestMicros,
      aspects: Uint16Array.from(aspectPermille, narrowed),
    })),
  );
}

/** The shape of an album as far as its first page tells. */
export function shapeOfFirst(items: readonly Media[]): Shape {
  const page = {
    cursor: '',
    newestMicros: items[0]?.addedAtMicros ?? 0n,
    oldestMicros: items.at(-1)?.addedAtMicros ?? 0n,
    aspects: Uint16Array.from(items, aspectPermille),
  };
  return new Shape(items.length > 0 ? [page] : [], items.length < PAGE_SIZE);
}

/** Width by height of an item in thousandths, as the shape of its album tells it; 0 where it is not known. */
export function aspectPermille({ renditions }: Media): number {
  const { width = 0, height = 0 } = renditions ?? {};
  return height > 0 ? narrowed(Math.floor((width * 1000) / height)) : 0;
}

function narrowed(permille: number): number {
  return Math.min(permille, 0xffff);
}
