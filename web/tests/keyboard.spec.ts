import { expectSeen, item, items, viewer } from './support/album';
import { picture } from './support/files';
import { tabTo, typeInto } from './support/keyboard';
import { NOBODY, Person } from './support/person';
import { expect, test } from './support/test';

test.use({ storageState: NOBODY });

test('by keyboard alone somebody signs in, sees a picture, deletes it, takes that back and finds all keys', async ({
  page,
}) => {
  const person = await Person.signUp();
  await person.addFiles(await person.createAlbum('Summer'), [picture(1), picture(2), picture(3)]);
  await page.goto('/');
  await typeInto(page, page.getByLabel('E-mail address'), person.email);
  await typeInto(page, page.getByLabel('Password'), person.password);
  await page.keyboard.press('Enter');

  await tabTo(page, page.getByRole('article').getByRole('link'));
  await page.keyboard.press('Enter');
  await expectSeen(items(page).first());
  await tabTo(page, items(page).first());
  await page.keyboard.press('ArrowRight');
  await expect(item(page, 'picture-002.jpg')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(viewer(page).getByRole('img', { name: 'picture-002.jpg' })).toBeVisible();
  await page.keyboard.press('ArrowRight');
  await expect(viewer(page).getByRole('img', { name: 'picture-001.jpg' })).toBeVisible();

  await page.keyboard.press('Delete');
  await expect(page.getByText('1 item moved to the trash')).toBeVisible();
  await page.keyboard.press('Control+z');
  await expect(page.getByText('1 item moved to the trash')).toBeHidden();
  await page.keyboard.press('Escape');
  await expect(viewer(page)).toBeHidden();
  await expect(items(page)).toHaveCount(3);
  await expect(items(page).and(page.locator(':focus'))).toHaveCount(1);

  await page.keyboard.press('Control+a');
  await expect(page.getByRole('toolbar', { name: '3 items selected' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('toolbar')).toBeHidden();
  await page.keyboard.press('?');
  const keys = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(keys).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(keys).toBeHidden();
  await expect(items(page).and(page.locator(':focus'))).toHaveCount(1);
});
