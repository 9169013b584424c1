import type { Page } from '@playwright/test';
import { expectSeen, items } from './support/album';
import { picture } from './support/files';
import { spreadOut } from './support/read-model';
import { expect, test } from './support/test';

const COUNT = 24;
const NEWEST = new Date('2024-12-20T12:00:00Z');
const DAYS_BETWEEN = 20;
/** The pointer stands at so many heights of the scrubber until the wanted month is told. */
const STEPS = 40;

test.use({ viewport: { width: 800, height: 400 } });

/** Moves the mouse down the scrubber until it tells this month. */
async function pointAt(page: Page, month: string): Promise<void> {
  const scrubber = page.getByRole('slider', { name: 'Go to a date' });
  const box = await scrubber.boundingBox();
  if (!box) throw new Error('there is no scrubber');
  for (let step = 0; step <= STEPS; step += 1) {
    await page.mouse.move(box.x + box.width / 2, box.y + (box.height * step) / STEPS);
    if (await scrubber.getByText(month).isVisible()) return;
  }
  throw new Error(`the scrubber never tells ${month}`);
}

/** What the first item says that is seen at the window's top. */
function firstOnScreen(page: Page): Promise<string> {
  return items(page).evaluateAll((all) => {
    const first = all.find((one) => one.getBoundingClientRect().bottom > 1);
    return first?.getAttribute('aria-label') ?? '';
  });
}

test('the scrubber tells the month under the pointer, and a press goes there', async ({ page, person }) => {
  const albumId = await person.createAlbum('Years');
  await person.addFiles(
    albumId,
    Array.from({ length: COUNT }, (_, index) => picture(index + 1)),
  );
  await spreadOut(albumId, NEWEST, DAYS_BETWEEN);
  await page.goto(`/albums/${albumId}`);
  await expectSeen(items(page).first());
  await pointAt(page, 'March 2024');
  await page.mouse.down();
  await page.mouse.up();
  await expect.poll(() => firstOnScreen(page)).toMatch(/Mar \d+, 2024/);

  const scrubber = page.getByRole('slider', { name: 'Go to a date' });
  await scrubber.focus();
  await page.keyboard.press('End');
  await expect(items(page).and(page.locator(`[aria-posinset="${COUNT}"]`))).toBeInViewport();
  await page.keyboard.press('Home');
  await expect(items(page).first()).toBeInViewport();
  await expect(scrubber).toHaveAttribute('aria-valuetext', 'December 2024');
});
