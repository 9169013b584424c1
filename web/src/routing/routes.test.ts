import { describe, expect, it } from 'vitest';
import { albumPath, matchRoute } from './routes';

const ALBUM = '01930f2e-0000-7000-8000-000000000001';
const MEDIA = '01930f2e-0000-7000-8000-000000000002';

describe('matchRoute', () => {
  it('starts with the albums', () => {
    expect(matchRoute('/')).toEqual({ page: 'albums' });
    expect(matchRoute('/albums/')).toEqual({ page: 'albums' });
  });

  it('knows an album and an item in it', () => {
    expect(matchRoute(albumPath(ALBUM))).toEqual({ page: 'album', albumId: ALBUM });
    expect(matchRoute(albumPath(ALBUM, MEDIA))).toEqual({ page: 'album', albumId: ALBUM, mediaId: MEDIA });
  });

  it.each(['/albums/1', `/albums/${ALBUM}/x`, `/albums/${ALBUM}/${MEDIA}/x`, '/trash/x', '/nothing'])(
    'does not know %s',
    (path) => expect(matchRoute(path)).toEqual({ page: 'not-found' }),
  );
});
