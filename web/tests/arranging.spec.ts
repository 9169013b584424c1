import type { Locator, Page } from '@playwright/test';
import { choose, expectSeen, item, items, openNewAlbum, selectionBar, undo, viewer } from './support/album';
import { picture, portrait } from './support/files';
import { expect, test } from './support/test';

const THREE = [picture(1), picture(2), picture(3)];

/** The card of an album among the albums. */
function card(page: Page, title: string): Locator {
  return page.getByRole('article').filter({ hasText: title });
}

test('deleted pictures are gone at once, and Undo brings them back', async ({ page, person }) => {
  const albumId = await person.createAlbum('Summer');
  await person.addFiles(albumId, THREE);
  await page.goto(`/albums/${albumId}`);
  await expect(items(page)).toHaveCount(3);
  await choose(page, ['picture-001.jpg', 'picture-003.jpg']);
  await page.keyboard.press('Delete');
  await expect(items(page)).toHaveCount(1);
  await expect(page.getByText('2 items moved to the trash')).toBeVisible();
  await undo(page);
  await expect(items(page)).toHaveCount(3);
  await page.reload();
  await expect(items(page)).toHaveCount(3);
});

test('a picture that is deleted in the viewer gives way to the next one, and Undo brings it back', async ({
  page,
  person,
}) => {
  const albumId = await person.createAlbum('Summer');
  const [next] = await person.addFiles(albumId, THREE);
  await page.goto(`/albums/${albumId}`);
  await expectSeen(item(page, 'picture-002.jpg'));
  await item(page, 'picture-002.jpg').click();
  await expect(viewer(page).getByRole('img', { name: 'picture-002.jpg' })).toBeVisible();
  await viewer(page).getByRole('button', { name: 'Move to trash (Delete)' }).click();
  await expect(page.getByText('1 item moved to the trash')).toBeVisible();
  await expect(page).toHaveURL(`/albums/${albumId}/${next}`);
  await expect(viewer(page).getByRole('img', { name: 'picture-001.jpg' })).toBeVisible();
  await undo(page);
  await viewer(page).getByRole('button', { name: 'Close (Esc)' }).click();
  await expect(items(page)).toHaveCount(3);
});

test('chosen pictures move to another album, and Undo moves them back', async ({ page, person }) => {
  const [summer, winter] = [await person.createAlbum('Summer'), await person.createAlbum('Winter')];
  await person.addFiles(summer, THREE);
  await page.goto(`/albums/${summer}`);
  await expect(items(page)).toHaveCount(3);
  const target = page.getByRole('dialog', { name: 'Move to' }).getByRole('button', { name: 'Winter' });
  await choose(page, ['picture-001.jpg', 'picture-002.jpg']);
  await selectionBar(page, 2).getByRole('button', { name: 'Move to another album' }).click();
  await target.click();
  await expect(page.getByText('2 items moved to “Winter”')).toBeVisible();
  await expect(items(page)).toHaveCount(1);
  await undo(page);
  await expect(items(page)).toHaveCount(3);

  await choose(page, ['picture-002.jpg']);
  await page.keyboard.press('m');
  await target.click();
  await expect(items(page)).toHaveCount(2);
  await page.goto(`/albums/${winter}`);
  await expect(items(page)).toHaveCount(1);
  await expectSeen(item(page, 'picture-002.jpg'));
});

test('chosen pictures move to an album that is made for them', async ({ page, person }) => {
  await person.addFiles(await openNewAlbum(page, person), THREE);
  await choose(page, ['picture-001.jpg', 'picture-003.jpg']);
  await page.keyboard.press('m');
  const dialog = page.getByRole('dialog', { name: 'Move to' });
  await dialog.getByLabel('New album').fill('Winter');
  await dialog.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByText('2 items moved to “Winter”')).toBeVisible();
  await expect(items(page)).toHaveCount(1);
  await page.getByRole('navigation').getByRole('link', { name: 'Albums' }).click();
  await expect(card(page, 'Winter')).toContainText('2 photos');
});

test('the chosen picture becomes the cover of its album', async ({ page, person }) => {
  const albumId = await person.createAlbum('Summer');
  const [wanted] = await person.addFiles(albumId, [portrait(), picture(1)]);
  await page.goto('/albums');
  const cover = card(page, 'Summer').locator('img').last();
  await expectSeen(card(page, 'Summer'));
  await expect(cover).not.toHaveAttribute('src', new RegExp(`${wanted}`));

  await card(page, 'Summer').getByRole('link').click();
  await choose(page, ['portrait.jpg']);
  await selectionBar(page, 1).getByRole('button', { name: 'Use as cover' }).click();
  await expect(page.getByText('This is the cover now.')).toBeVisible();
  await page.getByRole('navigation').getByRole('link', { name: 'Albums' }).click();
  await expect(cover).toHaveAttribute('src', new RegExp(`${wanted}`));
  await expectSeen(card(page, 'Summer'));

  await card(page, 'Summer').getByRole('link').click();
  await page.getByRole('button', { name: 'Actions for “Summer”' }).click();
  await page.getByRole('menuitem', { name: 'Newest picture as cover' }).click();
  await page.getByRole('navigation').getByRole('link', { name: 'Albums' }).click();
  await expect(cover).not.toHaveAttribute('src', new RegExp(`${wanted}`));
});

test('an album is renamed, deleted and brought back by Undo with all that was in it', async ({
  page,
  person,
}) => {
  const albumId = await person.createAlbum('Summer');
  await person.addFiles(albumId, THREE);
  await page.goto('/albums');
  await page.getByRole('button', { name: 'Actions for “Summer”' }).click();
  await page.getByRole('menuitem', { name: 'Rename' }).click();
  await page.getByLabel('Title').fill('Autumn');
  await page.getByRole('button', { name: 'Rename', exact: true }).click();
  await expect(card(page, 'Autumn')).toContainText('3 photos');

  await page.getByRole('button', { name: 'Actions for “Autumn”' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await expect(page.getByRole('heading', { name: 'Your first album' })).toBeVisible();
  await undo(page);
  await expect(card(page, 'Autumn')).toContainText('3 photos');
});

test('an album that is deleted on its own page is brought back by Undo', async ({ page, person }) => {
  await person.addFiles(await openNewAlbum(page, person), THREE);
  await expect(items(page)).toHaveCount(3);
  await page.getByRole('button', { name: 'Actions for “Summer”' }).click();
  await page.getByRole('menuitem', { name: 'Delete album' }).click();
  await expect(page.getByRole('heading', { name: 'Your first album' })).toBeVisible();
  await page.keyboard.press('Control+z');
  await card(page, 'Summer').getByRole('link').click();
  await expect(items(page)).toHaveCount(3);
});

test('albums stand in the order that somebody wants, also the next time', async ({ page, person }) => {
  const beach = await person.createAlbum('Beach');
  await person.addFiles(beach, [picture(1)]);
  await person.addFiles(await person.createAlbum('Coast 10'), [portrait()]);
  await person.createAlbum('Coast 9');
  await page.goto('/albums');
  const titles = page.getByRole('article').getByRole('heading');
  await expect(titles).toHaveText(['Coast 9', 'Coast 10', 'Beach']);
  await page.getByLabel('Sort by').selectOption('Name');
  await expect(titles).toHaveText(['Beach', 'Coast 9', 'Coast 10']);
  await page.getByLabel('Sort by').selectOption('Size');
  await expect(titles).toHaveText(['Coast 10', 'Beach', 'Coast 9']);
  await page.reload();
  await expect(titles).toHaveText(['Coast 10', 'Beach', 'Coast 9']);
});

test('what lies in the trash is restored to its album or deleted for good', async ({ page, person }) => {
  const albumId = await person.createAlbum('Summer');
  const ids = await person.addFiles(albumId, THREE);
  await person.trash(ids);
  await page.goto('/trash');
  const trash = page.getByRole('listbox', { name: 'Photos and videos in the trash' });
  await expect(trash.getByRole('option')).toHaveCount(3);
  await trash.getByRole('option', { name: 'picture-002.jpg' }).click();
  await selectionBar(page, 1).getByRole('button', { name: 'Restore' }).click();
  await expect(page.getByText('1 item restored')).toBeVisible();
  await expect(trash.getByRole('option')).toHaveCount(2);

  await page.getByRole('button', { name: 'Empty trash' }).click();
  await page.getByRole('button', { name: 'Delete 2 items' }).click();
  await expect(page.getByRole('heading', { name: 'The trash is empty' })).toBeVisible();
  await page.goto(`/albums/${albumId}`);
  await expect(items(page)).toHaveCount(1);
  await expectSeen(item(page, 'picture-002.jpg'));
});
