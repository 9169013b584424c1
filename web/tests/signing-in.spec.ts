import { expectSeen, item, viewer } from './support/album';
import { picture } from './support/files';
import { newEmail, NOBODY, Person } from './support/person';
import { expect, test } from './support/test';
import { drop, panel } from './support/uploads';

test.describe('somebody without an account', () => {
  test.use({ storageState: NOBODY });

  test('signs up, makes an album, drops a picture and sees it', async ({ page }) => {
    await page.goto('/');
    await page.getByRole('link', { name: 'Create an account' }).click();
    await page.getByLabel('Your name').fill('Mina');
    await page.getByLabel('E-mail address').fill(newEmail());
    await page.getByLabel('Password').fill('a few calm words');
    await page.getByRole('button', { name: 'Create an account' }).click();

    await expect(page.getByRole('heading', { name: 'Your first album' })).toBeVisible();
    await page.getByRole('button', { name: 'New album' }).first().click();
    await page.getByLabel('Title').fill('Summer');
    await page.getByRole('button', { name: 'Create', exact: true }).click();

    await expect(page.getByRole('heading', { name: 'Summer', level: 1 })).toBeVisible();
    await drop(page, [picture(1)]);
    await expect(panel(page)).toContainText('1 file uploaded');
    await expectSeen(item(page, 'picture-001.jpg'));
    await item(page, 'picture-001.jpg').click();
    await expect(viewer(page).getByRole('img', { name: 'picture-001.jpg' })).toBeVisible();
  });

  test('is told why signing in is refused', async ({ page }) => {
    await page.goto('/sign-in');
    await page.getByLabel('E-mail address').fill(newEmail());
    await page.getByLabel('Password').fill('not the right words');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByRole('alert')).toContainText(/password/i);
    await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  });
});

test('a reload keeps somebody signed in, on the page where they were', async ({ page, person }) => {
  const albumId = await person.createAlbum('Summer');
  await page.goto(`/albums/${albumId}`);
  await expect(page.getByRole('heading', { name: 'Summer', level: 1 })).toBeVisible();
  // A refresh token works once, so two reloads prove that each leaves another one behind.
  for (let reload = 0; reload < 2; reload += 1) {
    await page.reload();
    await expect(page.getByRole('heading', { name: 'Summer', level: 1 })).toBeVisible();
  }
});

test('signing out ends the session, and a reload does not bring it back', async ({ page }) => {
  await page.goto('/account');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  await page.goto('/albums');
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
});

test('a device that is signed out elsewhere has to sign in again', async ({ page, browser, person }) => {
  const { signedIn } = await Person.signIn(person.email, person.password);
  const other = await browser.newContext({ storageState: signedIn });
  const there = await other.newPage();
  await there.goto('/albums');
  await expect(there.getByRole('heading', { name: 'Albums', level: 1 })).toBeVisible();

  await page.goto('/account');
  const devices = page.getByRole('region', { name: 'Devices' }).getByRole('listitem');
  await expect(devices).toHaveCount(2);
  await expect(devices.filter({ hasText: 'This device' })).toHaveCount(1);
  await devices.filter({ hasNotText: 'This device' }).getByRole('button').click();
  await expect(page.getByText('1 device signed out')).toBeVisible();
  await expect(devices).toHaveCount(1);
  await there.reload();
  await expect(there.getByRole('button', { name: 'Sign in' })).toBeVisible();
  await page.reload();
  await expect(devices).toHaveCount(1);
  await other.close();
});

test('all other devices are signed out at once, this one stays', async ({ page, person }) => {
  for (let device = 0; device < 2; device += 1) await Person.signIn(person.email, person.password);
  await page.goto('/account');
  const devices = page.getByRole('region', { name: 'Devices' }).getByRole('listitem');
  await expect(devices).toHaveCount(3);
  await page.getByRole('button', { name: 'Sign out everywhere else' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();
  await expect(devices).toHaveCount(1);
  await expect(devices).toContainText('This device');
});
