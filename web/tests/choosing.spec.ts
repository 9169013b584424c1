import { readFile } from 'node:fs/promises';
import type { Download, Locator, Page } from '@playwright/test';
import { choose, expectSeen, item, items, selectionBar } from './support/album';
import { picture } from './support/files';
import type { Person } from './support/person';
import { expect, test } from './support/test';

const COUNT = 5;

/** Opens an album of five pictures; the one that was added last stands first. */
async function openFive(page: Page, person: Person): Promise<string> {
  const albumId = await person.createAlbum('Summer');
  await person.addFiles(
    albumId,
    Array.from({ length: COUNT }, (_, index) => picture(index + 1)),
  );
  await page.goto(`/albums/${albumId}`);
  await expect(items(page)).toHaveCount(COUNT);
  // Until all are prepared each may turn out to be of another shape, and then others move.
  for (let number = 1; number <= COUNT; number += 1) await expectSeen(item(page, `picture-00${number}.jpg`));
  return albumId;
}

async function centre(shown: Locator): Promise<{ x: number; y: number }> {
  const box = await shown.boundingBox();
  if (!box) throw new Error(`${String(shown)} is not on the screen`);
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

async function expectChosen(page: Page, numbers: readonly number[]): Promise<void> {
  await expect(selectionBar(page, numbers.length)).toBeVisible();
  for (let number = 1; number <= COUNT; number += 1)
    await expect(item(page, `picture-00${number}.jpg`)).toHaveAttribute(
      'aria-selected',
      String(numbers.includes(number)),
    );
}

/** Saves what is downloaded meanwhile; answers the bytes by the files' names. */
async function saved(downloads: readonly Download[]): Promise<Map<string, Buffer>> {
  const files = downloads.map(
    async (download) => [download.suggestedFilename(), await readFile(await download.path())] as const,
  );
  return new Map(await Promise.all(files));
}

test('Shift and a click choose all up to there, and a click takes one out again', async ({
  page,
  person,
}) => {
  await openFive(page, person);
  await choose(page, ['picture-004.jpg']);
  await item(page, 'picture-002.jpg').click({ modifiers: ['Shift'] });
  await expectChosen(page, [2, 3, 4]);
  await item(page, 'picture-003.jpg').click();
  await expectChosen(page, [2, 4]);
  await page.getByRole('button', { name: 'Clear the selection' }).click();
  await expect(page.getByRole('toolbar')).toBeHidden();
});

test('a mouse that is pressed and moved over pictures chooses them, and opens none', async ({
  page,
  person,
}) => {
  const albumId = await openFive(page, person);
  const [from, to] = [
    await centre(item(page, 'picture-004.jpg')),
    await centre(item(page, 'picture-002.jpg')),
  ];
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(to.x, to.y, { steps: 10 });
  await expectChosen(page, [2, 3, 4]);
  // Whoever went too far goes back.
  const back = await centre(item(page, 'picture-003.jpg'));
  await page.mouse.move(back.x, back.y, { steps: 5 });
  await expectChosen(page, [3, 4]);
  await page.mouse.up();
  await expectChosen(page, [3, 4]);
  await expect(page).toHaveURL(`/albums/${albumId}`);
});

test('chosen pictures are downloaded as they were uploaded', async ({ page, person }) => {
  await openFive(page, person);
  const downloads: Download[] = [];
  page.on('download', (download) => downloads.push(download));
  await choose(page, ['picture-002.jpg', 'picture-005.jpg']);
  await selectionBar(page, 2).getByRole('button', { name: 'Download' }).click();
  await expect(page.getByText('Saving 2 files…')).toBeVisible();
  await expect.poll(() => downloads.length).toBe(2);
  const files = await saved(downloads);
  expect(files).toEqual(
    new Map([
      ['picture-002.jpg', await readFile(picture(2))],
      ['picture-005.jpg', await readFile(picture(5))],
    ]),
  );
});

test('an album is downloaded as one ZIP', async ({ page, person }) => {
  await openFive(page, person);
  await page.getByRole('button', { name: 'Actions for “Summer”' }).click();
  const downloading = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: 'Download all as ZIP' }).click();
  const files = await saved([await downloading]);
  const zip = files.get('Summer.zip');
  // Originals are stored in it as they are.
  for (let number = 1; number <= COUNT; number += 1)
    expect(zip?.includes(await readFile(picture(number))), `picture ${number}`).toBe(true);
});
