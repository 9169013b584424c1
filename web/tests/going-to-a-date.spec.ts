import type { Locator, Page } from '@playwright/test';
import { expectSeen, items } from './support/album';
import { picture } from './support/files';
import { spreadOut } from './support/read-model';
import { expect, test } from './support/test';

const COUNT = 24;
const NEWEST = new Date('2024-12-20T12:00:00Z');
const DAYS_BETWEEN = 20;
const MONTH = /^(?<name>[A-Z][a-z]+) (?<year>\d{4})$/;

test.use({ viewport: { width: 800, height: 400 } });

/** Points at a height of the scrubber, from 0 at its top to 1; answers what it tells there. */
async function pointAt(page: Page, scrubber: Locator, height: number): Promise<RegExpMatchArray> {
  const box = await scrubber.boundingBox();
  if (!box) throw new Error('there is no scrubber');
  await page.mouse.move(box.x + box.width / 2, box.y + box.height * height);
  const told = (await scrubber.getByText(MONTH).innerText()).match(MONTH);
  if (!told) throw new Error('it tells no month');
  return told;
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
  await page.goto(`/albums/${albumId}`);
  // Only what is listed already can be given another date.
  await expect(items(page).first()).toHaveAttribute('aria-setsize', String(COUNT));
  await spreadOut(albumId, NEWEST, DAYS_BETWEEN);
  await page.reload();
  await expectSeen(items(page).first());
  const scrubber = page.getByRole('slider', { name: 'Go to a date' });
  for (const height of [0.4, 0.7]) {
    const { name = '', year = '' } = (await pointAt(page, scrubber, height)).groups ?? {};
    await page.mouse.down();
    await page.mouse.up();
    await expect.poll(() => firstOnScreen(page)).toMatch(new RegExp(`, ${name.slice(0, 3)} \\d+, ${year}`));
    expect(`${name} ${year}`, 'it is another month').not.toBe('December 2024');
  }

  await scrubber.focus();
  await page.keyboard.press('End');
  await expect(items(page).and(page.locator(`[aria-posinset="${COUNT}"]`))).toBeInViewport();
  await page.keyboard.press('Home');
  await expect(items(page).first()).toBeInViewport();
  await expect(scrubber).toHaveAttribute('aria-valuetext', 'December 2024');
});
