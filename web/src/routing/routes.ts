/** A page of the app, with what its address says. */
export type Route =
  | { readonly page: 'albums' }
  | { readonly page: 'album'; readonly albumId: string; readonly mediaId?: string }
  | { readonly page: 'trash' }
  | { readonly page: 'storage' }
  | { readonly page: 'account' }
  | { readonly page: 'operations' }
  | { readonly page: 'sign-in' }
  | { readonly page: 'sign-up' }
  | { readonly page: 'shared'; readonly key: string; readonly mediaId?: string }
  | { readonly page: 'not-found' };

const SIMPLE_PAGES = ['albums', 'trash', 'storage', 'account', 'operations', 'sign-in', 'sign-up'] as const;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Which page a path names. */
export function matchRoute(path: string): Route {
  const [first = '', second, third, ...more] = path.split('/').filter((part) => part !== '');
  if (first === '') return { page: 'albums' };
  if (first === 'albums' && second !== undefined && UUID.test(second) && more.length === 0) {
    if (third === undefined) return { page: 'album', albumId: second };
    return UUID.test(third) ? { page: 'album', albumId: second, mediaId: third } : { page: 'not-found' };
  }
  // Links are passed on by hand: whatever follows the key, the guest gets there.
  if (first === 's' && second !== undefined) {
    return {
      page: 'shared',
      key: second,
      ...(third !== undefined && UUID.test(third) && { mediaId: third }),
    };
  }
  const page = SIMPLE_PAGES.find((name) => name === first);
  return page && second === undefined ? { page } : { page: 'not-found' };
}

/** The address of an album, or of one item seen in it. */
export function albumPath(albumId: string, mediaId?: string): string {
  return mediaId === undefined ? `/albums/${albumId}` : `/albums/${albumId}/${mediaId}`;
}

/** The address that guests open, of an album or of one item seen in it. */
export function sharedPath(key: string, mediaId?: string): string {
  return mediaId === undefined ? `/s/${key}` : `/s/${key}/${mediaId}`;
}
