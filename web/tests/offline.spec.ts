import type { Page } from '@playwright/test';
import { choose, item, openNewAlbum } from './support/album';
import { picture } from './support/files';
import { expect, test } from './support/test';

/** Waits until the page has asked for the album in vain. */
async function untilAskedInVain(page: Page): Promise<void> {
  await page.waitForEvent('requestfailed', (request) => request.url().endsWith('/GetAlbum'));
}

test('without a network the page says so and keeps what is there, and catches up afterwards', async ({
  page,
  person,
  context,
}) => {
  const albumId = await person.createAlbum('Summer');
  await person.addFiles(albumId, [picture(1)]);
  await page.goto(`/albums/${albumId}`);
  await expect(item(page, 'picture-001.jpg')).toBeVisible();
  const inVain = untilAskedInVain(page);
  await context.setOffline(true);
  await expect(page.getByText('You are offline.')).toBeVisible();
  await inVain;
  await person.renameAlbum(albumId, 'Autumn');
  await expect(item(page, 'picture-001.jpg')).toBeVisible();

  await context.setOffline(false);
  await expect(page.getByText('You are offline.')).toBeHidden();
  await expect(page.getByRole('heading', { name: 'Autumn', level: 1 })).toBeVisible();
});

test('what cannot be changed for want of a network comes back with the reason', async ({
  page,
  person,
  context,
}) => {
  const albumId = await person.createAlbum('Summer');
  await person.addFiles(albumId, [picture(1), picture(2), picture(3)]);
  await page.goto(`/albums/${albumId}`);
  await expect(item(page, 'picture-001.jpg')).toBeVisible();
  await context.setOffline(true);
  await choose(page, ['picture-001.jpg', 'picture-003.jpg']);
  await page.keyboard.press('Delete');
  await expect(item(page, 'picture-001.jpg')).toBeHidden();
  await expect(page.getByText('2 items could not be changed. Pic-up does not answer.')).toBeVisible();
  for (const [index, name] of ['picture-003.jpg', 'picture-002.jpg', 'picture-001.jpg'].entries())
    await expect(item(page, name)).toHaveAttribute('aria-posinset', String(index + 1));
});

test('a page that opens before the server answers goes on by itself when it does', async ({
  page,
  person,
}) => {
  const albumId = await openNewAlbum(page, person);
  await page.route('**/picup.access.v1.Access/Refresh', (route) => route.abort('connectionrefused'));
  await page.goto(`/albums/${albumId}`);
  await expect(page.getByText('Pic-up does not answer. Trying again…')).toBeVisible();
  await page.unrouteAll();
  await expect(page.getByRole('heading', { name: 'Summer', level: 1 })).toBeVisible();
});
