import { readFile } from 'node:fs/promises';
import type { BrowserContext, Page } from '@playwright/test';
import { expectSeen, item, items, openNewAlbum } from './support/album';
import { film, folder, FOLDER_NAME, picture, portrait } from './support/files';
import { expect, test } from './support/test';
import { drop, panel } from './support/uploads';

/** Copies a picture as a browser does it whose user has asked for that: as PNG, and without a name. */
async function copyPicture(page: Page, context: BrowserContext, path: string): Promise<void> {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const jpeg = (await readFile(path)).toString('base64');
  await page.evaluate(async (bytes) => {
    const picture = new Image();
    picture.src = `data:image/jpeg;base64,${bytes}`;
    await picture.decode();
    const canvas = new OffscreenCanvas(picture.naturalWidth, picture.naturalHeight);
    canvas.getContext('2d')?.drawImage(picture, 0, 0);
    const png = await canvas.convertToBlob({ type: 'image/png' });
    await navigator.clipboard.write([new ClipboardItem({ [png.type]: png })]);
  }, jpeg);
}

test('a copied picture is pasted into the album that is open', async ({ page, context, person }) => {
  await openNewAlbum(page, person);
  await copyPicture(page, context, portrait());
  await page.keyboard.press('Control+v');
  await expectSeen(item(page, 'image.png'));
  await expect(panel(page)).toContainText('1 file uploaded');
});

test('a copied picture that is pasted among the albums makes a new one', async ({ page, context }) => {
  await page.goto('/albums');
  await expect(page.getByRole('heading', { name: 'Your first album' })).toBeVisible();
  await copyPicture(page, context, picture(1));
  await page.keyboard.press('Control+v');
  await expect(page.getByRole('heading', { name: /^Pictures of /, level: 1 })).toBeVisible();
  await expectSeen(item(page, 'image.png'));
});

test('text that is pasted into a field stays there', async ({ page, context, person }) => {
  await openNewAlbum(page, person);
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.evaluate(() => navigator.clipboard.writeText('Autumn'));
  await page.getByRole('button', { name: 'Actions for “Summer”' }).click();
  await page.getByRole('menuitem', { name: 'Rename' }).click();
  await page.keyboard.press('Control+v');
  await expect(page.getByLabel('Title')).toHaveValue('Autumn');
  await expect(panel(page)).toBeHidden();
});

test('pictures and films are picked with the button', async ({ page, person }) => {
  await openNewAlbum(page, person);
  const choosing = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Add pictures' }).click();
  const chooser = await choosing;
  expect(chooser.isMultiple()).toBe(true);
  await chooser.setFiles([picture(1), film()]);
  await expect(items(page)).toHaveCount(2);
  await expectSeen(item(page, 'picture-001.jpg'));
  await expect(panel(page)).toContainText('2 files uploaded', { timeout: 60_000 });
});

test('a folder is picked from the menu of an album', async ({ page, person }) => {
  await openNewAlbum(page, person);
  await page.getByRole('button', { name: 'Actions for “Summer”' }).click();
  const choosing = page.waitForEvent('filechooser');
  await page.getByRole('menuitem', { name: 'Add a folder' }).click();
  await (await choosing).setFiles(folder());
  await expect(panel(page)).toContainText('3 files uploaded');
  await expect(items(page)).toHaveCount(3);
  await expectSeen(item(page, 'portrait.jpg'));
});

test('a folder that is dropped on an album is added with the folders in it', async ({ page, person }) => {
  await openNewAlbum(page, person);
  await drop(page, [folder(), picture(3)]);
  await expect(panel(page)).toContainText('4 files uploaded');
  await expect(items(page)).toHaveCount(4);
  await expectSeen(item(page, 'portrait.jpg'));
});

test('a folder that is dropped beside the albums becomes an album', async ({ page }) => {
  await page.goto('/albums');
  await expect(page.getByRole('heading', { name: 'Your first album' })).toBeVisible();
  await drop(page, [folder()]);
  await expect(page.getByRole('heading', { name: FOLDER_NAME, level: 1 })).toBeVisible();
  await expect(items(page)).toHaveCount(3);
});

test('what is dropped on the card of an album is added to that album', async ({ page, person }) => {
  const albumId = await person.createAlbum('Summer');
  await person.createAlbum('Winter');
  await page.goto('/albums');
  const card = page.getByRole('article').filter({ hasText: 'Summer' });
  await expect(card).toBeVisible();
  await drop(page, [picture(1)], card);
  await expectSeen(card);
  await expect(page.getByRole('article')).toHaveCount(2);
  await page.goto(`/albums/${albumId}`);
  await expectSeen(item(page, 'picture-001.jpg'));
});
