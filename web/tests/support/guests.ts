import { randomUUID } from 'node:crypto';
import type { Page } from '@playwright/test';
import { NOBODY, type Person } from './person';
import { expect, test as base } from './test';

/** What a link is like, where it is other than most: a day, without a password, for looking only. */
export interface Wish {
  readonly seconds?: number;
  readonly password?: string;
  readonly guestsMayDownload?: boolean;
  readonly guestsMayUpload?: boolean;
}

const DAY = 86_400;

/** Makes a link to an album; answers the path that guests open. */
export async function share(person: Person, albumId: string, wish: Wish = {}): Promise<string> {
  const { seconds = DAY, ...rest } = wish;
  const expiresAtMicros = BigInt(Date.now() + seconds * 1000) * 1000n;
  const request = { commandId: randomUUID(), albumId, expiresAtMicros, ...rest };
  return `/s/${(await person.albums.shareAlbum(request)).key}`;
}

/** Opens a link and waits until the album is there. */
export async function visit(guest: Page, link: string, title = 'Summer'): Promise<void> {
  await guest.goto(link);
  await expect(guest.getByRole('heading', { name: title, level: 1 })).toBeVisible();
}

/** A test with a browser that nobody has signed in with, beside the one of somebody with an account. */
export const test = base.extend<{ guest: Page }>({
  guest: async ({ browser }, use) => {
    const context = await browser.newContext({ storageState: NOBODY });
    const faults: string[] = [];
    context.on('weberror', (fault) => faults.push(String(fault.error())));
    await use(await context.newPage());
    await context.close();
    expect(faults, 'what the page itself calls a mistake').toEqual([]);
  },
});

export { expect } from './test';
