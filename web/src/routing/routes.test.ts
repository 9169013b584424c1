import { describe, expect, it } from 'vitest';
import { albumPath, matchRoute, sharedPath } from './routes';

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

  it('knows a link for guests, whatever follows its key', () => {
    expect(matchRoute(sharedPath('kEy_-1'))).toEqual({ page: 'shared', key: 'kEy_-1' });
    expect(matchRoute(sharedPath('kEy_-1', MEDIA))).toEqual({
      page: 'shared',
      key: 'kEy_-1',
      mediaId: MEDIA,
    });
    expect(matchRoute('/s/kEy_-1/and-more/')).toEqual({ page: 'shared', key: 'kEy_-1' });
  });

  it.each(['/albums/1', `/albums/${ALBUM}/x`, `/albums/${ALBUM}/${MEDIA}/x`, '/trash/x', '/s/', '/nothing'])(
    'does not know %s',
    (path) => expect(matchRoute(path)).toEqual({ page: 'not-found' }),
  );
});
