import type { Locator, Page } from '@playwright/test';
import { items } from './support/album';
import { picture } from './support/files';
import { expect, share, test, visit } from './support/guests';
import { tabTo, typeInto } from './support/keyboard';
import type { Person } from './support/person';

const dialog = (page: Page) => page.getByRole('dialog', { name: /^Share/ });
const shareButton = (page: Page) => page.getByRole('button', { name: 'Share', exact: true });
const makeButton = (page: Page) => dialog(page).getByRole('button', { name: 'Make link' });
const links = (page: Page) => dialog(page).getByRole('list', { name: 'Links' }).getByRole('listitem');

async function openAlbum(page: Page, person: Person): Promise<string> {
  const albumId = await person.createAlbum('Summer');
  await person.addFiles(albumId, [picture(1)]);
  await page.goto(`/albums/${albumId}`);
  await expect(items(page)).toHaveCount(1);
  return albumId;
}

/** The address that a link's field shows. */
async function addressOf(link: Locator): Promise<string> {
  return link.getByRole('textbox', { name: 'Link' }).inputValue();
}

test('an album is shared by a link that is copied, and says so until the link is removed', async ({
  page,
  context,
  person,
  guest,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await openAlbum(page, person);
  await shareButton(page).click();
  await expect(dialog(page)).toContainText('Whoever has the link sees this album');
  await dialog(page).getByRole('switch', { name: 'Guests may download originals' }).check({ force: true });
  await makeButton(page).click();
  await expect(links(page)).toHaveCount(1);
  await expect(links(page)).toContainText(/Works until .*Downloading originals/s);
  await links(page).getByRole('button', { name: 'Copy link' }).click();
  await expect(links(page).getByRole('button', { name: 'Copied' })).toBeVisible();
  const address = await addressOf(links(page));
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(address);
  await visit(guest, address);
  await expect(items(guest)).toHaveCount(1);

  await dialog(page).getByRole('button', { name: 'Done' }).click();
  await expect(page.getByRole('button', { name: 'Shared' })).toBeVisible();
  await page.getByRole('navigation').getByRole('link', { name: 'Albums' }).click();
  await expect(page.getByRole('article')).toContainText('Shared');

  await page.getByRole('button', { name: 'Actions for “Summer”' }).click();
  await page.getByRole('menuitem', { name: 'Share' }).click();
  await links(page)
    .getByRole('button', { name: /^Remove the link/ })
    .click();
  await page
    .getByRole('dialog', { name: 'Remove this link?' })
    .getByRole('button', { name: 'Remove' })
    .click();
  await expect(makeButton(page)).toBeVisible();
  // Nobody has to reload to find out.
  await expect(guest.getByRole('heading', { name: 'There is no album behind this link' })).toBeVisible();
  await expect(items(guest)).toHaveCount(0);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('article')).not.toContainText('Shared');
});

test('a link with a password and an own end tells both, and over plain http is copied all the same', async ({
  page,
  person,
}) => {
  // That is how a browser is in a home network.
  await page.addInitScript(() =>
    Object.defineProperty(Navigator.prototype, 'clipboard', { value: undefined }),
  );
  const albumId = await openAlbum(page, person);
  await share(person, albumId, { guestsMayUpload: true });
  await shareButton(page).click();
  await expect(links(page)).toContainText('Adding pictures');
  await dialog(page).getByRole('button', { name: 'New link' }).click();
  await dialog(page).getByLabel('The link works for').selectOption('date');
  const year = new Date().getFullYear();
  const soon = new Date(Date.UTC(year, new Date().getMonth() + 2, 1, 18, 30));
  await dialog(page).getByLabel('Until').fill(soon.toISOString().slice(0, 16));
  await dialog(page).getByLabel('Password').fill('a calm word');
  await makeButton(page).click();
  await expect(links(page)).toHaveCount(2);
  const day = soon.toLocaleDateString('en-US', { dateStyle: 'medium', timeZone: 'UTC' });
  await expect(links(page).first()).toContainText(`Works until ${day}`);
  await expect(links(page).first()).toContainText('Password');
  await links(page).first().getByRole('button', { name: 'Copy link' }).click();
  await expect(links(page).first().getByRole('button', { name: 'Copied' })).toBeVisible();
});

test('an album takes twenty links, and the next one is refused with the reason', async ({ page, person }) => {
  const albumId = await openAlbum(page, person);
  for (let made = 0; made < 20; made += 1) await share(person, albumId);
  await shareButton(page).click();
  await expect(links(page)).toHaveCount(20);
  await dialog(page).getByRole('button', { name: 'New link' }).click();
  await makeButton(page).click();
  await expect(dialog(page).getByRole('alert')).toContainText('An album can have 20 links');
});

test('by keyboard alone somebody makes a link and copies it', async ({ page, person, guest }) => {
  await openAlbum(page, person);
  await tabTo(page, shareButton(page));
  await page.keyboard.press('Enter');
  const term = dialog(page).getByLabel('The link works for');
  await expect(term).toBeFocused();
  await page.keyboard.press('ArrowUp');
  await expect(term).toHaveValue('week');
  await typeInto(page, dialog(page).getByLabel('Password'), 'a calm word');
  await tabTo(page, dialog(page).getByRole('switch', { name: 'Guests may add pictures' }));
  await page.keyboard.press('Space');
  await tabTo(page, makeButton(page));
  await page.keyboard.press('Enter');
  await expect(links(page).getByRole('button', { name: 'Copy link' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(links(page).getByRole('button', { name: 'Copied' })).toBeFocused();
  const address = await addressOf(links(page));
  await page.keyboard.press('Escape');
  await expect(dialog(page)).toBeHidden();
  await expect(shareButton(page)).toBeFocused();

  await guest.goto(address);
  await typeInto(guest, guest.getByLabel('Password'), 'a calm word');
  await guest.keyboard.press('Enter');
  await tabTo(guest, items(guest).first());
  await guest.keyboard.press('Enter');
  await expect(guest.getByRole('dialog', { name: 'Viewer' })).toBeVisible();
  await guest.keyboard.press('Escape');
  await expect(items(guest).first()).toBeFocused();
});
