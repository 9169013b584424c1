/**
 * Makes the pictures of the web app in docs/screenshots, from a Pic-up that runs with its demo account:
 * PICUP_URL says where it answers and PICUP_FOLDER where it keeps its data.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from '@playwright/test';
import { installedChromium } from '../tests/support/programs';

const URL = process.env['PICUP_URL'] ?? 'http://127.0.0.1:8080';
const FOLDER = process.env['PICUP_FOLDER'] ?? '../.picup';
const SCREENSHOTS = resolve('../docs/screenshots');
/** Long enough for pictures that have come to be drawn. */
const CALM = 400;

const LOOKS: Readonly<Record<string, BrowserContextOptions>> = {
  light: { viewport: { width: 1280, height: 800 }, colorScheme: 'light' },
  dark: { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' },
  phone: { viewport: { width: 390, height: 844 }, colorScheme: 'dark', hasTouch: true, isMobile: true },
};

/** A picture of the app, and how to come to what is on it. */
type Shot = readonly [
  name: string,
  goThere: (page: Page) => Promise<void>,
  /** Leaves everything as it was. */
  leave?: (page: Page) => Promise<void>,
];

const VISITOR: readonly Shot[] = [['sign-in', (page) => open(page, '/sign-in')]];

const DEMO: readonly Shot[] = [
  ['albums', (page) => open(page, '/albums')],
  ['album', openAlbum],
  ['viewer', openViewer],
  ['sharing', makeLink, removeLink],
  ['shared', openLink, removeLink],
  ['trash', fillTrash, restoreTrash],
  ['storage', (page) => open(page, '/storage')],
  ['account', (page) => open(page, '/account')],
  ['keys', openKeys],
];

const OPERATOR: readonly Shot[] = [['operations', openOperations]];

async function open(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await page.getByRole('heading', { level: 1 }).waitFor();
}

async function openAlbum(page: Page): Promise<void> {
  await open(page, '/albums');
  await page.getByRole('main').locator('a[href^="/albums/"]').first().click();
  await page.getByRole('option').first().waitFor();
}

async function openViewer(page: Page): Promise<void> {
  await openAlbum(page);
  await page.getByRole('option').first().click();
  await page.getByRole('dialog').getByRole('img').first().waitFor();
}

async function makeLink(page: Page): Promise<void> {
  await openAlbum(page);
  await page.getByRole('button', { name: 'Share', exact: true }).click();
  await page.getByRole('switch', { name: 'Guests may download originals' }).check({ force: true });
  await page.getByRole('button', { name: 'Make link' }).click();
  await page.getByRole('button', { name: 'Copy link' }).waitFor();
}

/** As a guest who may add pictures and was told no password. */
async function openLink(page: Page): Promise<void> {
  await openAlbum(page);
  await page.getByRole('button', { name: 'Share', exact: true }).click();
  await page.getByRole('switch', { name: 'Guests may add pictures' }).check({ force: true });
  await page.getByRole('button', { name: 'Make link' }).click();
  await open(page, await page.getByRole('textbox', { name: 'Link' }).inputValue());
  await page.getByRole('option').first().waitFor();
}

async function removeLink(page: Page): Promise<void> {
  await openAlbum(page);
  await page.getByRole('button', { name: 'Share', exact: true }).click();
  await page.getByRole('button', { name: /^Remove the link/ }).click();
  await page.getByRole('button', { name: 'Remove', exact: true }).click();
  await page.getByRole('button', { name: 'Make link' }).waitFor();
}

async function fillTrash(page: Page): Promise<void> {
  await openAlbum(page);
  for (const picture of [1, 3, 4])
    await page
      .getByRole('option')
      .nth(picture)
      .click({ modifiers: ['Control'] });
  await page.keyboard.press('Delete');
  await page.getByText('3 items moved to the trash').waitFor();
  await open(page, '/trash');
  await page.getByRole('option').nth(2).waitFor();
}

async function restoreTrash(page: Page): Promise<void> {
  await page.keyboard.press('Control+a');
  await page.getByRole('toolbar').waitFor();
  await page.keyboard.press('r');
  // The trash looks empty before it is: whoever goes on too soon takes the commands along.
  await page.getByText('items restored').waitFor();
}

async function openKeys(page: Page): Promise<void> {
  await openAlbum(page);
  await page.keyboard.press('?');
  await page.getByRole('dialog').waitFor();
}

async function openOperations(page: Page): Promise<void> {
  await open(page, '/operations');
  await page.getByRole('region', { name: 'Work still owed' }).getByText('Counted').waitFor();
}

async function signIn(page: Page, name: string): Promise<void> {
  const password = await readFile(join(FOLDER, `${name}-password`), 'utf8');
  await open(page, '/sign-in');
  await page.getByLabel('E-mail address').fill(`${name}@picup.example`);
  await page.getByLabel('Password').fill(password.trim());
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Albums', level: 1 }).waitFor();
}

/** Waits until all that was asked for is on the screen. */
async function settle(page: Page): Promise<void> {
  await page.getByText('Loading…').first().waitFor({ state: 'detached' });
  await page.waitForFunction(() => [...document.images].every(({ complete }) => complete));
  // What lies under the pointer looks otherwise.
  await page.mouse.move(0, 0);
  await page.waitForTimeout(CALM);
}

/** Makes the pictures that one person sees; nobody in particular where no name is given. */
async function shoot(browser: Browser, look: string, shots: readonly Shot[], name?: string): Promise<void> {
  const context = await browser.newContext({
    ...LOOKS[look],
    baseURL: URL,
    locale: 'en-US',
    timezoneId: 'UTC',
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  if (name !== undefined) await signIn(page, name);
  for (const [shot, goThere, leave] of shots) {
    await goThere(page);
    await settle(page);
    await page.screenshot({ path: join(SCREENSHOTS, `${shot}-${look}.png`) });
    await leave?.(page);
  }
  await context.close();
}

await mkdir(SCREENSHOTS, { recursive: true });
const browser = await chromium.launch({ executablePath: installedChromium(), args: ['--no-sandbox'] });
try {
  for (const look of Object.keys(LOOKS)) {
    await shoot(browser, look, VISITOR);
    await shoot(browser, look, DEMO, 'demo');
    await shoot(browser, look, OPERATOR, 'operator');
  }
} finally {
  await browser.close();
}
