import type { Page, Route } from '@playwright/test';
import { expectSeen, item, items, openNewAlbum } from './support/album';
import { longFilm, LONG_FILM_PARTS, picture } from './support/files';
import { expect, test } from './support/test';
import { drop, openPanel, panel, SentParts, slowUploads, upload } from './support/uploads';

/** A part takes some seconds then, so there is a middle of an upload. */
const SLOW = 12_000_000;

/** What S3 says to a PUT that it will not have. */
const REFUSAL = {
  status: 400,
  headers: { 'access-control-allow-origin': '*' },
  contentType: 'application/xml',
  body: '<Error><Code>InvalidRequest</Code><Message>Not today</Message></Error>',
};

/** Begins to upload the long film and answers when it is in the middle: how to lift the brake, and what is there. */
async function startLongUpload(page: Page): Promise<{ hurry: () => Promise<void>; sent: SentParts }> {
  const sent = new SentParts(page);
  const hurry = await slowUploads(page, SLOW);
  await drop(page, [longFilm()]);
  await expect.poll(() => sent.confirmed.size).toBeGreaterThanOrEqual(2);
  return { hurry, sent };
}

/** Has the page's PUTs go wrong until `unrouteAll`; answers how many have. */
async function disturbPuts(page: Page, how: (route: Route) => Promise<void>): Promise<() => number> {
  let disturbed = 0;
  await page.route(
    (url) => url.searchParams.has('X-Amz-Signature'),
    (route) => {
      if (route.request().method() !== 'PUT') return route.continue();
      disturbed += 1;
      return how(route);
    },
  );
  return () => disturbed;
}

/** Every part is there, and none was sent again that was there when it was interrupted. */
function expectSentOnce(confirmed: ReadonlySet<number>, after: SentParts): void {
  expect(confirmed.size, 'it is the middle').toBeLessThan(LONG_FILM_PARTS);
  expect(after.begun.filter((part) => confirmed.has(part))).toEqual([]);
  expect(new Set([...confirmed, ...after.confirmed]).size).toBe(LONG_FILM_PARTS);
}

test('an upload that is paused sends nothing until it is resumed, and then only what is missing', async ({
  page,
  person,
}) => {
  await openNewAlbum(page, person);
  const { hurry, sent } = await startLongUpload(page);
  await panel(page).getByRole('button', { name: 'Pause all' }).click();
  await expect(panel(page)).toContainText('1 file paused');
  const confirmed = new Set(sent.confirmed);
  await hurry();

  // Others go on meanwhile.
  const after = new SentParts(page);
  await drop(page, [picture(1)]);
  await expectSeen(item(page, 'picture-001.jpg'));
  expect(after.begun).toEqual([]);

  await openPanel(page);
  await expect(upload(page, 'long-film.mp4')).toContainText(/Paused · [1-9]\d MB of \d+ MB/);
  await upload(page, 'long-film.mp4').getByRole('button', { name: 'Resume' }).click();
  await expect(panel(page)).toContainText('2 files uploaded');
  expectSentOnce(confirmed, after);
});

test('an upload that is cancelled leaves nothing behind', async ({ page, person }) => {
  await openNewAlbum(page, person);
  const { hurry } = await startLongUpload(page);
  expect(await person.reservedBytes()).toBeGreaterThan(0n);
  await openPanel(page);
  await upload(page, 'long-film.mp4').getByRole('button', { name: 'Cancel' }).click();
  await expect(upload(page, 'long-film.mp4')).toBeHidden();
  await hurry();
  await expect.poll(() => person.reservedBytes()).toBe(0n);
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Nothing here yet' })).toBeVisible();
  await expect(panel(page)).toBeHidden();
});

test('all uploads are cancelled together, after a question', async ({ page, person }) => {
  await openNewAlbum(page, person);
  await startLongUpload(page);
  await openPanel(page);
  await panel(page).getByRole('button', { name: 'Cancel all' }).click();
  const question = page.getByRole('dialog', { name: 'Cancel all uploads?' });
  await question.getByRole('button', { name: 'Cancel', exact: true }).click();
  await expect(upload(page, 'long-film.mp4')).toBeVisible();
  await panel(page).getByRole('button', { name: 'Cancel all' }).click();
  await question.getByRole('button', { name: 'Cancel uploads' }).click();
  await expect(panel(page)).toBeHidden();
  await expect.poll(() => person.reservedBytes()).toBe(0n);
});

test('an upload that failed says why, and is tried again when somebody wants it', async ({
  page,
  person,
}) => {
  await openNewAlbum(page, person);
  const refused = await disturbPuts(page, (route) => route.fulfill(REFUSAL));
  await drop(page, [picture(1)]);
  await expect(panel(page)).toContainText('1 file needs you');
  await openPanel(page);
  await expect(upload(page, 'picture-001.jpg')).toContainText('Not today');
  expect(refused(), 'what S3 refuses is not sent again and again').toBe(1);
  await page.unrouteAll();
  await upload(page, 'picture-001.jpg').getByRole('button', { name: 'Try again' }).click();
  await expectSeen(item(page, 'picture-001.jpg'));
});

test('an upload whose connection breaks goes on by itself, and sends only what is missing', async ({
  page,
  person,
}) => {
  await openNewAlbum(page, person);
  const { hurry, sent } = await startLongUpload(page);
  const broken = await disturbPuts(page, (route) => route.abort('connectionreset'));
  await expect.poll(broken).toBeGreaterThanOrEqual(2);
  const confirmed = new Set(sent.confirmed);
  const after = new SentParts(page);
  await page.unrouteAll();
  await hurry();
  await expect(panel(page)).toContainText('1 file uploaded');
  await expect(items(page)).toHaveCount(1);
  expectSentOnce(confirmed, after);
});

test('without a network an upload waits and says so, and goes on by itself when there is one again', async ({
  page,
  person,
  context,
}) => {
  await openNewAlbum(page, person);
  const { sent } = await startLongUpload(page);
  await context.setOffline(true);
  await expect(panel(page)).toContainText('No connection. It goes on by itself');
  await expect(page.getByText('You are offline.')).toBeVisible();
  const confirmed = new Set(sent.confirmed);
  const after = new SentParts(page);
  await context.setOffline(false);
  await expect(page.getByText('You are offline.')).toBeHidden();
  await expect(panel(page)).toContainText('1 file uploaded');
  await expect(items(page)).toHaveCount(1);
  expectSentOnce(confirmed, after);
});

test('a file that is dropped without a network is uploaded when there is one again', async ({
  page,
  person,
  context,
}) => {
  await openNewAlbum(page, person);
  await context.setOffline(true);
  await drop(page, [picture(1)]);
  await expect(panel(page)).toContainText('No connection. It goes on by itself');
  await context.setOffline(false);
  await expectSeen(item(page, 'picture-001.jpg'));
  await expect(panel(page)).toContainText('1 file uploaded');
});
