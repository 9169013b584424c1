import { expectSeen, items, viewer } from './support/album';
import { expectNoViolation } from './support/axe';
import { picture, portrait } from './support/files';
import { expect, share, test, visit } from './support/guests';
import { Person } from './support/person';
import { drop, openPanel, panel } from './support/uploads';

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`axe finds nothing in ${colorScheme} colours`, () => {
    test.use({ colorScheme });

    test('on sharing an album', async ({ page, person }) => {
      const albumId = await person.createAlbum('Summer');
      await page.goto(`/albums/${albumId}`);
      await page.getByRole('button', { name: 'Share', exact: true }).click();
      await page.getByLabel('The link works for').selectOption('date');
      await expectNoViolation(page, 'making a link');
      await page.getByRole('button', { name: 'Make link' }).click();
      await expect(page.getByRole('button', { name: 'Copy link' })).toBeVisible();
      await expectNoViolation(page, 'the links');
      await page.getByRole('button', { name: /^Remove the link/ }).click();
      await expect(page.getByRole('dialog', { name: 'Remove this link?' })).toBeVisible();
      await expectNoViolation(page, 'removing a link');
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Done' }).click();
      await expect(page.getByRole('button', { name: 'Shared' })).toBeVisible();
      await expectNoViolation(page, 'a shared album');
      await page.goto('/albums');
      await expect(page.getByRole('article')).toContainText('Shared');
      await expectNoViolation(page, 'the card of a shared album');
    });

    test('on the devices that are signed in', async ({ page, person }) => {
      await Person.signIn(person.email, person.password);
      await page.goto('/account');
      await expect(page.getByRole('button', { name: 'Sign out everywhere else' })).toBeVisible();
      await expectNoViolation(page, 'the devices');
    });

    test('on what guests see', async ({ person, guest }) => {
      const albumId = await person.createAlbum('Summer');
      const link = await share(person, albumId, { password: 'a calm word', guestsMayUpload: true });
      await guest.goto(link);
      await guest.getByLabel('Password').fill('another word');
      await guest.keyboard.press('Enter');
      await expect(guest.getByRole('alert')).toBeVisible();
      await expectNoViolation(guest, 'a wrong password');
      await guest.getByLabel('Password').fill('a calm word');
      await guest.keyboard.press('Enter');
      await expect(guest.getByText('Nothing here yet')).toBeVisible();
      await expectNoViolation(guest, 'an empty shared album');
      await drop(guest, [picture(1), portrait()]);
      await expect(panel(guest)).toContainText('2 files uploaded');
      await openPanel(guest);
      await expectSeen(items(guest).first());
      await expectNoViolation(guest, 'a shared album with uploads');
      await items(guest).first().click();
      await expect(viewer(guest).getByRole('img').first()).toBeVisible();
      await guest.keyboard.press('i');
      await expectNoViolation(guest, 'the viewer of a guest');
      await guest.goto('/s/not-a-key-of-anything');
      await expect(guest.getByRole('heading', { level: 1 })).toBeVisible();
      await expectNoViolation(guest, 'a link that leads nowhere');
    });

    test.describe('on a phone', () => {
      test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

      test('on what guests see who may download', async ({ person, guest }) => {
        const albumId = await person.createAlbum('Summer');
        await person.addFiles(albumId, [picture(1), portrait()]);
        await visit(guest, await share(person, albumId, { guestsMayDownload: true }));
        await expectSeen(items(guest).first());
        await expectNoViolation(guest, 'a shared album on a phone');
      });
    });
  });
}
