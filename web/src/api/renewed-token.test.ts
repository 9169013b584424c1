import { expect, it, vi } from 'vitest';
import { RenewedToken } from './renewed-token';

const MINUTES = 60;

function asking(): { token: RenewedToken; ask: ReturnType<typeof vi.fn> } {
  let number = 0;
  const ask = vi.fn(async () => ({
    accessToken: `token ${(number += 1)}`,
    accessTokenSeconds: 15 * MINUTES,
  }));
  return { token: new RenewedToken(ask), ask };
}

it('is asked for once, however many want it', async () => {
  const { token, ask } = asking();
  expect(await Promise.all([token.accessToken(), token.accessToken()])).toEqual(['token 1', 'token 1']);
  expect(await token.accessToken()).toBe('token 1');
  expect(ask).toHaveBeenCalledTimes(1);
});

it('is renewed shortly before it ends', async () => {
  const { token } = asking();
  token.take({ accessToken: 'given', accessTokenSeconds: 29 });
  expect(await token.accessToken()).toBe('token 1');
});

it('is renewed when it is refused, but not for somebody who was refused with an older one', async () => {
  const { token, ask } = asking();
  const first = await token.accessToken();
  expect(await token.renew(first)).toBe('token 2');
  expect(await token.renew(first)).toBe('token 2');
  expect(ask).toHaveBeenCalledTimes(2);
});
