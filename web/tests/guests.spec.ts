import type { Locator, Page } from '@playwright/test';
import { expectSeen, item, items, viewer } from './support/album';
import { film, longFilm, LONG_FILM_PARTS, picture, portrait } from './support/files';
import { expect, share, test, visit } from './support/guests';
import { Person } from './support/person';
import { drop, panel, SentParts, slowUploads } from './support/uploads';

const PASSWORD = 'a calm word';
/** The shortest that a link can be said to work, and a moment for the way there. */
const SHORTEST = 62;
/** A part takes some seconds then, so there is a middle of an upload. */
const SLOW = 12_000_000;

const addButton = (page: Page) => page.getByRole('button', { name: 'Add pictures' });
const ended = (page: Page) => page.getByRole('heading', { name: 'This link has ended' });
const unknown = (page: Page) => page.getByRole('heading', { name: 'There is no album behind this link' });

/** The address of the picture that is seen of an item. */
async function addressOf(shown: Locator): Promise<string> {
  await expectSeen(shown);
  return (await shown.locator('img.sharp').getAttribute('src')) ?? '';
}

async function enterPassword(guest: Page, password: string): Promise<void> {
  await guest.getByLabel('Password').fill(password);
  await guest.getByRole('button', { name: 'Open the album' }).click();
}

test('a link that is opened in a clean profile shows the album, and nothing of the app', async ({
  person,
  guest,
}) => {
  const albumId = await person.createAlbum('Summer');
  await person.addFiles(albumId, [portrait(), picture(1)]);
  await visit(guest, await share(person, albumId));
  await expect(guest.getByText('Shared by Mina')).toBeVisible();
  await expect(guest.getByText('2 photos')).toBeVisible();
  await expect(guest).toHaveTitle('Summer · Pic-up');
  await expect(guest.locator('meta[name="robots"]')).toHaveAttribute('content', /noindex/);
  await expect(guest.getByRole('navigation')).toHaveCount(0);
  await expect(addButton(guest)).toHaveCount(0);
  await expectSeen(items(guest).first());
  await expectSeen(items(guest).last());

  await items(guest).last().click();
  await expect(viewer(guest).getByRole('img').first()).toBeVisible();
  await expect(viewer(guest).getByRole('button', { name: /trash|Download/ })).toHaveCount(0);
  await guest.reload();
  await expect(viewer(guest).getByRole('img').first()).toBeVisible();
  await guest.keyboard.press('Escape');
  await expect(viewer(guest)).toBeHidden();
  await expect(items(guest)).toHaveCount(2);
});

test('originals stay with their owner, names included, unless guests may download', async ({
  person,
  guest,
}) => {
  const albumId = await person.createAlbum('Summer');
  await person.addFiles(albumId, [portrait()]);
  await visit(guest, await share(person, albumId));
  const shown = await addressOf(items(guest).first());
  expect((await guest.request.get(shown)).status()).toBe(200);
  const original = shown.replace(/\/[^/?]+\?/, '/original?');
  expect((await guest.request.get(original)).status()).toBe(403);
  await expect(items(guest).first()).not.toHaveAccessibleName(/portrait/);
});

test('guests who may download save one original, or those that they choose', async ({ person, guest }) => {
  const albumId = await person.createAlbum('Summer');
  await person.addFiles(albumId, [picture(1), picture(2), portrait()]);
  await visit(guest, await share(person, albumId, { guestsMayDownload: true }));
  await item(guest, 'portrait.jpg').click();
  await expect(viewer(guest).getByRole('img', { name: 'portrait.jpg' })).toBeVisible();
  const saved = guest.waitForEvent('download');
  await viewer(guest).getByRole('button', { name: 'Download the original (D)' }).click();
  expect((await saved).suggestedFilename()).toBe('portrait.jpg');
  await guest.keyboard.press('Escape');

  await item(guest, 'picture-001.jpg').click({ modifiers: ['Control'] });
  await item(guest, 'picture-002.jpg').click({ modifiers: ['Control'] });
  const names: string[] = [];
  guest.on('download', (download) => names.push(download.suggestedFilename()));
  await guest.getByRole('toolbar').getByRole('button', { name: 'Download' }).click();
  await expect.poll(() => names.toSorted()).toEqual(['picture-001.jpg', 'picture-002.jpg']);
});

test('a film plays for guests who may download, and seeking works', async ({ person, guest }) => {
  const albumId = await person.createAlbum('Summer');
  await person.addFiles(albumId, [film()]);
  await visit(guest, await share(person, albumId, { guestsMayDownload: true }));
  await expect(item(guest, 'film.mp4')).not.toHaveAccessibleName(/Being prepared/, { timeout: 60_000 });
  await item(guest, 'film.mp4').click();
  const video = viewer(guest).getByLabel('Video film.mp4');
  await expect(video).toBeVisible();
  await video.evaluate((element: HTMLVideoElement) => (element.currentTime = 17));
  const seeking = () =>
    video.evaluate((element: HTMLVideoElement) => element.seeking || element.readyState < 2);
  await expect.poll(seeking).toBe(false);
  await expect(video).toHaveJSProperty('error', null);
});

test('a password is asked for, a wrong one is told, and a reload asks again', async ({ person, guest }) => {
  const albumId = await person.createAlbum('Summer');
  await person.addFiles(albumId, [portrait()]);
  await guest.goto(await share(person, albumId, { password: PASSWORD }));
  await expect(guest.getByRole('heading', { name: 'A shared album', level: 1 })).toBeVisible();
  await enterPassword(guest, 'another word');
  await expect(guest.getByRole('alert')).toHaveText('The password is not right.');
  await enterPassword(guest, PASSWORD);
  await expect(guest.getByRole('heading', { name: 'Summer', level: 1 })).toBeVisible();
  await expectSeen(items(guest).first());
  await guest.reload();
  await expect(guest.getByLabel('Password')).toBeVisible();
});

test('a guest who stays longer than a token lasts is not asked again', async ({ person, guest }) => {
  const albumId = await person.createAlbum('Summer');
  await guest.clock.install();
  await guest.goto(await share(person, albumId, { password: PASSWORD }));
  await enterPassword(guest, PASSWORD);
  await expect(guest.getByText('Nothing here yet')).toBeVisible();
  const renewed = guest.waitForResponse((response) => response.url().endsWith('/OpenShare'));
  await guest.clock.fastForward('15:00');
  expect((await renewed).ok()).toBe(true);
  await person.addFiles(albumId, [portrait()]);
  await guest.clock.fastForward('00:20');
  await expect(items(guest)).toHaveCount(1);
});

test('a link ends while somebody looks, and says so from then on', async ({ person, guest }) => {
  test.slow();
  const albumId = await person.createAlbum('Summer');
  const link = await share(person, albumId, { seconds: SHORTEST });
  await visit(guest, link);
  await expect(ended(guest)).toBeVisible({ timeout: 100_000 });
  await guest.goto(link);
  await expect(ended(guest)).toBeVisible();
});

test('a link that never was one says so', async ({ guest }) => {
  await guest.goto('/s/not-a-key-of-anything');
  await expect(unknown(guest)).toBeVisible();
});

test('what a guest adds appears there, and for the owner as it happens', async ({ page, person, guest }) => {
  const albumId = await person.createAlbum('Summer');
  await page.goto(`/albums/${albumId}`);
  await expect(page.getByRole('heading', { name: 'Summer', level: 1 })).toBeVisible();
  await visit(guest, await share(person, albumId, { guestsMayUpload: true }));
  await expect(addButton(guest)).toBeVisible();
  await drop(guest, [picture(1), portrait()]);
  await expect(panel(guest)).toContainText('2 files uploaded');
  await expect(items(guest)).toHaveCount(2);
  await expect(items(page)).toHaveCount(2);
  await expectSeen(item(page, 'portrait.jpg'));
  await expectSeen(items(guest).first());
});

test('a guest’s upload goes on after a reload, when the link is open again', async ({ person, guest }) => {
  const albumId = await person.createAlbum('Summer');
  await guest.goto(await share(person, albumId, { password: PASSWORD, guestsMayUpload: true }));
  await enterPassword(guest, PASSWORD);
  await expect(addButton(guest)).toBeVisible();
  const before = new SentParts(guest);
  const hurry = await slowUploads(guest, SLOW);
  await drop(guest, [longFilm()]);
  await expect.poll(() => before.confirmed.size).toBeGreaterThanOrEqual(2);
  const confirmed = new Set(before.confirmed);
  expect(confirmed.size, 'it is the middle').toBeLessThan(LONG_FILM_PARTS);

  const after = new SentParts(guest);
  await guest.reload();
  await hurry();
  await enterPassword(guest, PASSWORD);
  await expect(panel(guest)).toContainText('1 file uploaded');
  await expect(items(guest)).toHaveCount(1);
  expect(after.begun.filter((part) => confirmed.has(part))).toEqual([]);
});

test('somebody who is signed in opens a link as a guest, and stays signed in', async ({ page, person }) => {
  const other = await Person.signUp();
  const albumId = await other.createAlbum('Winter');
  await person.createAlbum('Summer');
  await page.goto('/albums');
  await expect(page.getByRole('article')).toContainText('Summer');
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await visit(page, await share(other, albumId), 'Winter');
  expect(asked.filter((path) => /Refresh|SignIn|AlbumQueries/.test(path))).toEqual([]);
  await page.goBack();
  await expect(page.getByRole('article')).toContainText('Summer');
  await page.reload();
  await expect(page.getByRole('article')).toContainText('Summer');
});

test.describe('with a browser that asks for Korean', () => {
  test.use({ locale: 'ko-KR' });

  test('a guest reads Korean, from the password to the end', async ({ person, guest }) => {
    const albumId = await person.createAlbum('여름 휴가');
    const wish = { password: PASSWORD, guestsMayDownload: true, guestsMayUpload: true };
    await guest.goto(await share(person, albumId, wish));
    await guest.getByLabel('비밀번호').fill(PASSWORD);
    await guest.getByRole('button', { name: '앨범 열기' }).click();
    await expect(guest.getByRole('heading', { name: '여름 휴가', level: 1 })).toBeVisible();
    await expect(guest.getByText('Mina 님이 공유함')).toBeVisible();
    await expect(guest.getByText('아직 아무것도 없습니다')).toBeVisible();
    const words = await guest.getByRole('main').innerText();
    expect(words.replaceAll(/\b(Mina|Pic-up)\b/g, '')).not.toMatch(/[A-Za-z]{2,}/);
    await guest.goto('/s/not-a-key-of-anything');
    await expect(guest.getByRole('heading', { name: '이 링크로 볼 수 있는 앨범이 없습니다' })).toBeVisible();
  });
});
