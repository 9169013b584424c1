import { item, viewer } from './support/album';
import { film } from './support/files';
import { expect, test } from './support/test';

const RANGE = /^bytes (?<first>\d+)-/;

test('a film starts without being loaded to its end, and seeking fetches what is sought', async ({
  page,
  person,
}) => {
  const albumId = await person.createAlbum('Summer');
  await person.addFiles(albumId, [film()]);
  /** Where the pieces begin that were answered with 206. */
  const pieces: number[] = [];
  page.on('response', (response) => {
    const range = RANGE.exec(response.headers()['content-range'] ?? '')?.groups;
    if (response.status() === 206 && range) pieces.push(Number(range['first']));
  });

  await page.goto(`/albums/${albumId}`);
  await expect(item(page, 'film.mp4')).not.toHaveAccessibleName(/Being prepared/, { timeout: 60_000 });
  await item(page, 'film.mp4').click();
  const video = viewer(page).getByLabel('Video film.mp4');
  await expect(video).toBeVisible();
  await expect(video).toHaveJSProperty('error', null);
  await expect(video).toHaveAttribute('poster', /\/u\//);
  await expect.poll(() => video.evaluate((film: HTMLVideoElement) => film.duration)).toBeCloseTo(20, 0);
  expect(pieces, 'its beginning').toContain(0);

  await video.evaluate((film: HTMLVideoElement) => (film.currentTime = 17));
  const shown = () =>
    video.evaluate((film: HTMLVideoElement) => (film.seeking || film.readyState < 2 ? 0 : film.currentTime));
  await expect.poll(shown).toBeGreaterThanOrEqual(17);
  expect(
    pieces.some((first) => first > 0),
    'a piece from within',
  ).toBe(true);

  await video.evaluate((film: HTMLVideoElement) => film.play());
  await expect.poll(shown).toBeGreaterThan(17.5);
});
