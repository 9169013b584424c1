import type { Page } from '@playwright/test';
import { choose, expectSeen, item, items, viewer } from './support/album';
import { expectNoViolation } from './support/axe';
import { film, noPicture, picture, portrait } from './support/files';
import { NOBODY, Person } from './support/person';
import { expect, test } from './support/test';
import { drop, openPanel, panel } from './support/uploads';

/** Goes to a page and looks at it as soon as it has shown what it is to show. */
async function lookAt(page: Page, address: string, title: string): Promise<void> {
  await page.goto(address);
  await expect(page.getByRole('heading', { name: title, level: 1 })).toBeVisible();
  await expect(page.getByText('Loading…')).toHaveCount(0);
  await expectNoViolation(page, address);
}

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`axe finds nothing in ${colorScheme} colours`, () => {
    test.use({ colorScheme });

    test.describe('for visitors', () => {
      test.use({ storageState: NOBODY });

      test('on signing in and signing up', async ({ page }) => {
        await lookAt(page, '/sign-in', 'Pic-up');
        await page.getByLabel('E-mail address').fill('nobody@example.org');
        await page.getByLabel('Password').fill('not the right words');
        await page.getByRole('button', { name: 'Sign in' }).click();
        await expect(page.getByRole('alert')).toBeVisible();
        await expectNoViolation(page, 'a refused sign-in');
        await lookAt(page, '/sign-up', 'Create an account');
      });
    });

    test('on what is still empty, and on every small page', async ({ page, person }) => {
      await lookAt(page, '/albums', 'Albums');
      await lookAt(page, '/trash', 'Trash');
      await lookAt(page, '/storage', 'Storage');
      await lookAt(page, '/account', 'Account');
      await page.getByRole('button', { name: 'Close account…' }).click();
      await expect(page.getByRole('dialog')).toBeVisible();
      await expectNoViolation(page, 'closing the account');
      await lookAt(page, '/nowhere', 'There is nothing here');
      await lookAt(page, `/albums/${await person.createAlbum('Summer')}`, 'Summer');
      await page.keyboard.press('?');
      await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
      await expectNoViolation(page, 'the keys');
    });

    test('on albums, an album, what can be done there, and the viewer', async ({ page, person }) => {
      const albumId = await person.createAlbum('Summer');
      await person.createAlbum('Winter');
      await person.addFiles(albumId, [film(), picture(1), portrait()]);
      await lookAt(page, '/albums', 'Albums');
      await page.getByRole('button', { name: 'Actions for “Summer”' }).click();
      await expect(page.getByRole('menu')).toBeVisible();
      await expectNoViolation(page, 'the menu of an album');
      await page.getByRole('menuitem', { name: 'Rename' }).click();
      await expect(page.getByRole('dialog')).toBeVisible();
      await expectNoViolation(page, 'renaming an album');

      await lookAt(page, `/albums/${albumId}`, 'Summer');
      await expectSeen(item(page, 'portrait.jpg'));
      await item(page, 'portrait.jpg').click();
      await expect(viewer(page).getByRole('img', { name: 'portrait.jpg' })).toBeVisible();
      await expectNoViolation(page, 'the viewer');
      await page.keyboard.press('i');
      await page.getByRole('complementary', { name: 'Details' }).getByText('History').click();
      await expect(page.getByText('Upload completed and checked')).toBeVisible();
      await expectNoViolation(page, 'the details');
      await page.keyboard.press('Escape');
      await expect(viewer(page)).toBeHidden();

      await choose(page, ['picture-001.jpg']);
      await expectNoViolation(page, 'chosen items');
      await page.keyboard.press('m');
      await expect(page.getByRole('dialog', { name: 'Move to' })).toBeVisible();
      await expectNoViolation(page, 'moving');
    });

    test('on uploads, a film, toasts, and the trash', async ({ page, person }) => {
      const albumId = await person.createAlbum('Summer');
      await person.addFiles(albumId, [film()]);
      await page.goto(`/albums/${albumId}`);
      await expect(items(page)).toHaveCount(1);
      await drop(page, [picture(1), noPicture()]);
      await expect(panel(page)).toContainText('1 file needs you');
      await openPanel(page);
      await expectNoViolation(page, 'uploads');
      await expect(item(page, 'film.mp4')).not.toHaveAccessibleName(/Being prepared/, { timeout: 60_000 });
      await item(page, 'film.mp4').click();
      await expect(viewer(page).getByLabel('Video film.mp4')).toBeVisible();
      await expectNoViolation(page, 'a film');
      await page.keyboard.press('Delete');
      await expect(page.getByText('1 item moved to the trash')).toBeVisible();
      await expectNoViolation(page, 'a toast over the viewer');

      await lookAt(page, '/trash', 'Trash');
      await page.getByRole('option', { name: 'film.mp4' }).click();
      await expect(page.getByRole('toolbar')).toBeVisible();
      await expectNoViolation(page, 'chosen items in the trash');
      await page.getByRole('toolbar').getByRole('button', { name: 'Delete now' }).click();
      await expect(page.getByRole('dialog')).toBeVisible();
      await expectNoViolation(page, 'deleting for good');
      await lookAt(page, '/storage', 'Storage');
    });

    test.describe('for the operator', () => {
      test.use({ storageState: async ({}, use) => use((await Person.operator()).signedIn) });

      test('on operations', async ({ page }) => {
        await page.goto('/operations');
        await expect(page.getByRole('region', { name: 'Work still owed' })).toContainText('Counted');
        await expectNoViolation(page, '/operations');
      });
    });

    test.describe('on a phone', () => {
      test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

      test('on albums, an album and the viewer', async ({ page, person }) => {
        const albumId = await person.createAlbum('Summer');
        await person.addFiles(albumId, [picture(1), portrait()]);
        await lookAt(page, '/albums', 'Albums');
        await lookAt(page, `/albums/${albumId}`, 'Summer');
        await expectSeen(item(page, 'portrait.jpg'));
        await item(page, 'portrait.jpg').tap();
        await expect(viewer(page).getByRole('img', { name: 'portrait.jpg' })).toBeVisible();
        await expectNoViolation(page, 'the viewer on a phone');
      });
    });
  });
}
