import { clients } from '../api/clients';
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
      aspects: Uint16Array.from(aspectPermille, (permille) => Math.min(permille, 0xffff)),
    })),
  );
}
