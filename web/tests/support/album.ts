import type { Locator, Page } from '@playwright/test';
import type { Person } from './person';
import { expect } from './test';

/** Makes an album called Summer and goes there; answers its id. */
export async function openNewAlbum(page: Page, person: Person): Promise<string> {
  const albumId = await person.createAlbum('Summer');
  await page.goto(`/albums/${albumId}`);
  await expect(page.getByRole('heading', { name: 'Summer', level: 1 })).toBeVisible();
  return albumId;
}

/** The pictures and films of the album on the screen, as far as they are near the window. */
export function items(page: Page): Locator {
  return grid(page).getByRole('option');
}

/** One of them, by the name of its file. */
export function item(page: Page, fileName: string): Locator {
  return grid(page).getByRole('option', { name: fileName });
}

function grid(page: Page): Locator {
  return page.getByRole('listbox', { name: 'Photos and videos', exact: true });
}

/** Waits until a picture itself is seen, not only its place. */
export async function expectSeen(shown: Locator): Promise<void> {
  const image = shown.locator('img:not([src^="data:"]):not([src^="blob:"])').last();
  await expect
    .poll(() => image.evaluate((element: HTMLImageElement) => element.complete && element.naturalWidth), {
      message: 'the picture is seen',
    })
    .toBeGreaterThan(0);
}

/** The item that the viewer shows. */
export function viewer(page: Page): Locator {
  return page.getByRole('dialog', { name: 'Viewer' });
}

/** Chooses items of the album on the screen. */
export async function choose(page: Page, fileNames: readonly string[]): Promise<void> {
  for (const name of fileNames) await item(page, name).click({ modifiers: ['Control'] });
  await expect(selectionBar(page, fileNames.length)).toBeVisible();
}

/** What can be done with the chosen items. */
export function selectionBar(page: Page, count: number): Locator {
  return page.getByRole('toolbar', { name: `${count} ${count === 1 ? 'item' : 'items'} selected` });
}

/** Does what a toast offers to take back. */
export async function undo(page: Page): Promise<void> {
  await page.getByRole('region', { name: 'Notices' }).getByRole('button', { name: 'Undo' }).click();
}
