import type { Page } from '@playwright/test';
import { choose, expectSeen, item, items, undo } from './support/album';
import { picture } from './support/files';
import { expect, test } from './support/test';
import { drop } from './support/uploads';

/** Opens a page that has been told by the server at least once, so that what happens now is told to it. */
async function openListening(page: Page, address: string): Promise<void> {
  const told = page.waitForResponse((response) => response.url().endsWith('/WatchChanges') && response.ok());
  await page.goto(address);
  await told;
}

test('what is done in one tab appears in the other by itself', async ({ page, context, person }) => {
  const albumId = await person.createAlbum('Summer');
  await person.addFiles(albumId, [picture(1)]);
  const other = await context.newPage();
  await openListening(page, `/albums/${albumId}`);
  await openListening(other, `/albums/${albumId}`);
  await expect(items(other)).toHaveCount(1);

  await drop(page, [picture(2)]);
  await expect(items(other)).toHaveCount(2);
  await expectSeen(item(other, 'picture-002.jpg'));

  await choose(other, ['picture-001.jpg']);
  await other.keyboard.press('Delete');
  await expect(items(page)).toHaveCount(1);
  await undo(other);
  await expect(items(page)).toHaveCount(2);
});

test('what another device does appears among the albums', async ({ page, person }) => {
  const albumId = await person.createAlbum('Summer');
  await openListening(page, '/albums');
  await expect(page.getByRole('article')).toContainText('Summer');
  await person.renameAlbum(albumId, 'Autumn');
  await expect(page.getByRole('article')).toContainText('Autumn');
  await person.addFiles(albumId, [picture(1)]);
  await expect(page.getByRole('article')).toContainText('1 photo');
  await expectSeen(page.getByRole('article'));
  await person.createAlbum('Winter');
  await expect(page.getByRole('article')).toHaveCount(2);
});

test('what somebody looks at stays where it is while pictures come above it', async ({ page, person }) => {
  const albumId = await person.createAlbum('Summer');
  const pictures = Array.from({ length: 37 }, (_, number) => picture(number + 1));
  await person.addFiles(albumId, pictures.slice(0, 32));
  await openListening(page, `/albums/${albumId}`);
  await expect(items(page).first()).toHaveAttribute('aria-setsize', '32');
  await page.mouse.move(600, 400);
  await page.mouse.wheel(0, 500);
  // The first picture of the row at the top of the window. There are five in a row.
  const height = async () => (await item(page, 'picture-027.jpg').boundingBox())?.y ?? NaN;
  await expect.poll(height).toBeLessThan(0);
  const before = await height();

  await person.addFiles(albumId, pictures.slice(32));
  await expect(items(page).first()).toHaveAttribute('aria-setsize', '37');
  // Windows are scrolled by whole pixels.
  await expect.poll(async () => Math.abs((await height()) - before)).toBeLessThan(2);

  const scrolled = () => page.evaluate(() => scrollY);
  const from = await scrolled();
  await page.mouse.wheel(0, 200);
  await expect.poll(scrolled, { message: 'one can scroll on' }).toBeGreaterThanOrEqual(from + 200);
});
