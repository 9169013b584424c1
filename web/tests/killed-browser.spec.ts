import { mkdtemp, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type LaunchOptions, type Page } from '@playwright/test';
import { items } from './support/album';
import { stackUrl } from './support/environment';
import { longFilm, LONG_FILM_PARTS } from './support/files';
import { Person } from './support/person';
import { expect, test } from './support/test';
import { drop, panel, SentParts, slowUploads } from './support/uploads';

const SLOW = 12_000_000;

/** A browser whose profile outlives it. */
class LastingBrowser {
  private constructor(
    readonly page: Page,
    readonly profile: string,
  ) {}

  /** Starts it, with somebody signed in: Chromium writes cookies down only twice a minute. */
  static async start(profile: string, person: Person, options: LaunchOptions): Promise<LastingBrowser> {
    const context = await chromium.launchPersistentContext(profile, { ...options, baseURL: stackUrl() });
    const { signedIn } = await Person.signIn(person.email, person.password);
    await context.addCookies(signedIn.cookies);
    await context.addInitScript(
      (flags) => {
        for (const { name, value } of flags) localStorage.setItem(name, value);
      },
      signedIn.origins.flatMap(({ localStorage: flags }) => flags),
    );
    return new LastingBrowser(await context.newPage(), profile);
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

test('after kill -9 of the browser an upload goes on, and sends nothing again that was there', async ({
  launchOptions,
}) => {
  test.slow();
  const profile = await mkdtemp(join(tmpdir(), 'picup-profile-'));
  const person = await Person.signUp();
  const address = `/albums/${await person.createAlbum('Summer')}`;
  const browsers: LastingBrowser[] = [];
  const start = async (): Promise<LastingBrowser> => {
    const browser = await LastingBrowser.start(profile, person, launchOptions);
    browsers.push(browser);
    return browser;
  };
  try {
    const first = await start();
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
    await second.page.goto(address);
    await expect(items(second.page)).toHaveCount(1);
    await expect(panel(second.page)).toContainText('1 file uploaded');
    expect(after.begun.filter((part) => confirmed.has(part))).toEqual([]);
    expect(new Set([...confirmed, ...after.confirmed]).size).toBe(LONG_FILM_PARTS);
  } finally {
    for (const browser of browsers) await browser.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
});
