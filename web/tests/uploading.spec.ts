import { expectSeen, item, items, openNewAlbum } from './support/album';
import { longFilm, LONG_FILM_PARTS, noPicture, picture, PICTURES, portrait } from './support/files';
import { QUOTA } from './support/person';
import { expect, test } from './support/test';
import { drop, openPanel, panel, SentParts, slowUploads, upload } from './support/uploads';

/** A part takes some seconds then, so there is a middle of an upload. */
const SLOW = 12_000_000;

test('200 pictures that are dropped at once all arrive and are seen', async ({ page, person }) => {
  test.slow();
  await openNewAlbum(page, person);
  const all = Array.from({ length: PICTURES }, (_, index) => picture(index + 1));
  await drop(page, all);
  await expect(panel(page)).toContainText(`${PICTURES} files uploaded`, { timeout: 150_000 });
  await expect(page.getByText(`${PICTURES} photos`)).toBeVisible();
  await expect(items(page).first()).toHaveAttribute('aria-setsize', String(PICTURES));
  await expectSeen(items(page).first());
  await items(page).first().press('End');
  await expectSeen(items(page).and(page.locator(`[aria-posinset="${PICTURES}"]`)));
});

test('a file that is no picture is named with the reason, and the others arrive', async ({
  page,
  person,
}) => {
  await openNewAlbum(page, person);
  await drop(page, [picture(1), noPicture(), picture(2)]);
  await expect(panel(page)).toContainText('1 file needs you');
  await openPanel(page);
  await expect(upload(page, 'no-picture.jpg')).toContainText('Not a photo');
  await expect(items(page)).toHaveCount(2);
  await upload(page, 'no-picture.jpg').getByRole('button', { name: 'Dismiss' }).click();
  await expect(upload(page, 'no-picture.jpg')).toBeHidden();
});

test('a picture that is there already is named with its twin, and kept twice if somebody wants it', async ({
  page,
  person,
}) => {
  const albumId = await person.createAlbum('Summer');
  await person.addFiles(albumId, [picture(1)]);
  await page.goto(`/albums/${albumId}`);
  await expect(items(page)).toHaveCount(1);
  await drop(page, [picture(1)]);
  await expect(panel(page)).toContainText('1 file needs you');
  await openPanel(page);
  await expect(upload(page, 'picture-001.jpg')).toContainText('The same as “picture-001.jpg” in “Summer”');
  await upload(page, 'picture-001.jpg').getByRole('button', { name: 'Keep both' }).click();
  await expect(items(page)).toHaveCount(2);
});

test('what does not fit is told before it is sent, and fits when there is room', async ({ page, person }) => {
  const albumId = await person.createAlbum('Summer');
  const reserved = await person.reserve(albumId, QUOTA - 20_000n);
  const sent: string[] = [];
  page.on('request', (request) => request.method() === 'PUT' && sent.push(request.url()));
  await page.goto(`/albums/${albumId}`);
  await expect(page.getByRole('heading', { name: 'Summer', level: 1 })).toBeVisible();
  await drop(page, [portrait()]);
  await expect(panel(page)).toContainText('1 file needs you');
  await openPanel(page);
  await expect(upload(page, 'portrait.jpg')).toContainText(/Not enough space: .* more would be needed/);
  expect(sent).toEqual([]);

  await person.abandon(reserved);
  // What was reserved is free when the purger has seen that nothing is left of it.
  await expect.poll(() => person.reservedBytes()).toBe(0n);
  await upload(page, 'portrait.jpg').getByRole('button', { name: 'Try again' }).click();
  await expectSeen(item(page, 'portrait.jpg'));
});

test('a reload in the middle of an upload goes on, and sends nothing again that was there', async ({
  page,
  person,
}) => {
  await openNewAlbum(page, person);
  const before = new SentParts(page);
  const hurry = await slowUploads(page, SLOW);
  await drop(page, [longFilm()]);
  await expect.poll(() => before.confirmed.size).toBeGreaterThanOrEqual(2);
  const confirmed = new Set(before.confirmed);
  expect(confirmed.size, 'it is the middle').toBeLessThan(LONG_FILM_PARTS);

  const after = new SentParts(page);
  await page.reload();
  await hurry();
  await expect(items(page)).toHaveCount(1);
  await expect(panel(page)).toContainText('1 file uploaded');
  expect(after.begun.filter((part) => confirmed.has(part))).toEqual([]);
  expect(new Set([...confirmed, ...after.confirmed]).size).toBe(LONG_FILM_PARTS);
});
