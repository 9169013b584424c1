/** What an access token says of whoever holds it. */
export interface Claims {
  readonly accountId: string;
  readonly operator: boolean;
}

/** Reads a JWT without checking it: the services do that. */
export function readClaims(accessToken: string): Claims {
  const payload = accessToken.split('.')[1] ?? '';
  const claims: unknown = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
  if (typeof claims !== 'object' || claims === null || !('sub' in claims) || typeof claims.sub !== 'string') {
    throw new Error('the access token does not say whose it is');
  }
  return { accountId: claims.sub, operator: 'role' in claims && claims.role === 'operator' };
}
