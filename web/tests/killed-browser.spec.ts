import { mkdtemp, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type LaunchOptions, type Page } from '@playwright/test';
import { items } from './support/album';
import { stackUrl } from './support/environment';
import { longFilm, LONG_FILM_PARTS } from './support/files';
import { Person } from './support/person';
import { expect, test as base } from './support/test';
import { drop, panel, SentParts, slowUploads } from './support/uploads';

const SLOW = 12_000_000;
const COOKIE = 'picup_refresh';
/** Chromium writes cookies down twice a minute. */
const WRITTEN_WITHIN = 60_000;

/** A browser whose profile outlives it. */
class LastingBrowser {
  private constructor(
    readonly page: Page,
    readonly profile: string,
  ) {}

  static async start(profile: string, options: LaunchOptions): Promise<LastingBrowser> {
    const context = await chromium.launchPersistentContext(profile, { ...options, baseURL: stackUrl() });
    return new LastingBrowser(context.pages()[0] ?? (await context.newPage()), profile);
  }

  /** Signs somebody in. */
  async signIn({ email, password }: Person): Promise<void> {
    await this.page.goto('/sign-in');
    await this.page.getByLabel('E-mail address').fill(email);
    await this.page.getByLabel('Password').fill(password);
    await this.page.getByRole('button', { name: 'Sign in' }).click();
    await expect(this.page.getByRole('heading', { name: 'Albums', level: 1 })).toBeVisible();
  }

  /** Waits until the session's cookie is in the profile. */
  async untilCookieIsWritten(): Promise<void> {
    const written = async () => (await readFile(join(this.profile, 'Default', 'Cookies'))).includes(COOKIE);
    await expect.poll(written, { timeout: WRITTEN_WITHIN }).toBe(true);
  }

  /** Ends it as somebody does who is done. */
  async close(): Promise<void> {
    await this.page.context().close();
  }

  /** Ends it as a crash does: nothing of it has time for anything. */
  async kill(): Promise<void> {
    // Chromium names itself as `<host>-<process>` in its profile.
    const owner = await readlink(join(this.profile, 'SingletonLock'));
    const closed = this.page.context().waitForEvent('close');
    process.kill(Number(owner.split('-').at(-1)), 'SIGKILL');
    await closed;
  }
}

/** A test that starts browsers one after the other, all with the same profile. */
const test = base.extend<{ start: () => Promise<LastingBrowser> }>({
  start: async ({ launchOptions }, use) => {
    const profile = await mkdtemp(join(tmpdir(), 'picup-profile-'));
    const browsers: LastingBrowser[] = [];
    await use(async () => {
      const browser = await LastingBrowser.start(profile, launchOptions);
      browsers.push(browser);
      return browser;
    });
    for (const browser of browsers) await browser.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  },
});

test('after kill -9 of the browser its user is signed in still, though the newest cookie was not written down', async ({
  start,
}) => {
  test.slow();
  const person = await Person.signUp();
  const address = `/albums/${await person.createAlbum('Summer')}`;
  const summer = (page: Page) => page.getByRole('heading', { name: 'Summer', level: 1 });
  const first = await start();
  await first.signIn(person);
  await first.untilCookieIsWritten();
  // This uses the cookie up and brings another one, which comes too late for the profile.
  await first.page.goto(address);
  await expect(summer(first.page)).toBeVisible();
  await first.kill();

  const second = await start();
  await second.page.goto(address);
  await expect(summer(second.page)).toBeVisible();
});

test('after kill -9 of the browser an upload goes on, and sends nothing again that was there', async ({
  start,
}) => {
  test.slow();
  const person = await Person.signUp();
  const address = `/albums/${await person.createAlbum('Summer')}`;
  const first = await start();
  await first.signIn(person);
  await first.page.goto(address);
  await expect(first.page.getByRole('heading', { name: 'Summer', level: 1 })).toBeVisible();
  const before = new SentParts(first.page);
  await slowUploads(first.page, SLOW);
  await drop(first.page, [longFilm()]);
  await expect.poll(() => before.confirmed.size).toBeGreaterThanOrEqual(2);
  const confirmed = new Set(before.confirmed);
  expect(confirmed.size, 'it is the middle').toBeLessThan(LONG_FILM_PARTS);
  await first.kill();

  const second = await start();
  const after = new SentParts(second.page);
  // The cookie may not have been written down in so short a time.
  await second.signIn(person);
  await second.page.goto(address);
  await expect(items(second.page)).toHaveCount(1);
  await expect(panel(second.page)).toContainText('1 file uploaded');
  expect(after.begun.filter((part) => confirmed.has(part))).toEqual([]);
  expect(new Set([...confirmed, ...after.confirmed]).size).toBe(LONG_FILM_PARTS);
});
