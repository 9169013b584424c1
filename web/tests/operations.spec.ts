import { Person } from './support/person';
import { hideAlbum, showAlbum } from './support/read-model';
import { expect, test } from './support/test';

test.describe('the operator', () => {
  test.use({ storageState: async ({}, use) => use((await Person.operator()).signedIn) });

  test('is told of a dead letter, replays it, and then its effect is there', async ({ page }) => {
    const mina = await Person.signUp();
    const albumId = await mina.createAlbum('Summer');
    await expect.poll(() => mina.titleOf(albumId)).toBe('Summer');
    await hideAlbum(albumId);
    await mina.renameAlbum(albumId, 'Autumn');

    await page.goto('/operations');
    const letters = page.getByRole('region', { name: 'Dead letters' });
    const replay = letters.getByRole('button', { name: /^Replay… 1 letter of .*album-listings/ });
    await expect(replay).toBeVisible();
    await expect(page.getByText('1 dead letter waits for a decision.')).toBeVisible();
    const blocked = page.getByRole('region', { name: 'Blocked streams' });
    await expect(blocked).toContainText(albumId);
    await letters.getByRole('button', { name: /^Show/ }).click();
    await expect(page.getByRole('dialog')).toContainText('AlbumRenamed');
    await expect(page.getByRole('dialog')).not.toContainText('Autumn');
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();

    // The cause is still there, so it comes back.
    const dialog = page.getByRole('dialog', { name: 'Replay dead letters' });
    await replay.click();
    await dialog.getByRole('button', { name: 'Replay 1 letter' }).click();
    await expect(dialog).toContainText('1 has failed again');
    await dialog.getByRole('button', { name: 'Close' }).click();

    await showAlbum(albumId);
    await replay.click();
    await dialog.getByRole('button', { name: 'Replay 1 letter' }).click();
    await expect(dialog).toContainText('1 letter was replayed.');
    await dialog.getByRole('button', { name: 'Close' }).click();
    await expect(letters).toContainText('None. Nothing was given up on.');
    await expect(blocked).toContainText('None.');
    await expect.poll(() => mina.titleOf(albumId)).toBe('Autumn');
    const log = page.getByRole('region', { name: 'What operators did' });
    await expect(log.getByText('Replayed dead letters')).not.toHaveCount(0);
  });
});

test('somebody else is told that the page is for the operator', async ({ page }) => {
  await page.goto('/operations');
  await expect(page.getByRole('heading', { name: 'This page is for the operator' })).toBeVisible();
  await expect(page.getByRole('navigation').getByRole('link', { name: 'Operations' })).toBeHidden();
});
