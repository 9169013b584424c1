import { expectSeen } from './support/album';
import { halfPicture, picture, portrait } from './support/files';
import { newEmail, NOBODY, QUOTA } from './support/person';
import { expect, test } from './support/test';
import { drop } from './support/uploads';

test.describe('with a browser that asks for Korean', () => {
  test.use({ locale: 'ko-KR', storageState: NOBODY });

  test('somebody signs up, adds a picture and deletes it, all in Korean', async ({ page }) => {
    await page.goto('/');
    await expect(page.locator('html')).toHaveAttribute('lang', 'ko');
    await page.getByLabel('이메일 주소').fill(newEmail());
    await page.getByLabel('비밀번호').fill('not the right words');
    await page.getByRole('button', { name: '로그인' }).click();
    await expect(page.getByRole('alert')).toHaveText('이메일 주소나 비밀번호가 맞지 않습니다.');
    await page.getByRole('link', { name: '계정 만들기' }).click();
    await page.getByLabel('이름').fill('미나');
    await page.getByLabel('이메일 주소').fill(newEmail());
    await page.getByLabel('비밀번호').fill('a few calm words');
    await page.getByRole('button', { name: '계정 만들기' }).click();
    await page.getByRole('button', { name: '새 앨범' }).first().click();
    await page.getByLabel('제목').fill('여름 휴가');
    await page.getByRole('button', { name: '만들기', exact: true }).click();
    await expect(page.getByRole('heading', { name: '여름 휴가', level: 1 })).toBeVisible();

    await drop(page, [picture(1)]);
    await expect(page.getByRole('region', { name: '업로드' })).toContainText('파일 1개 업로드 완료');
    const shown = page.getByRole('option', { name: /^사진, picture-001\.jpg/ });
    await expectSeen(shown);
    await shown.click({ modifiers: ['Control'] });
    await page.getByRole('toolbar').getByRole('button', { name: '휴지통으로 이동' }).click();
    await expect(page.getByText('1개를 휴지통으로 옮겼습니다')).toBeVisible();
    await page.getByRole('navigation').getByRole('link', { name: '휴지통' }).click();
    await expect(page.getByRole('heading', { name: '휴지통', level: 1 })).toBeVisible();
    await expectSeen(shown);
  });
});

test.describe('somebody who reads Korean', () => {
  test.use({ locale: 'ko-KR' });

  test('is told in Korean that the storage is full, by the app and by the server', async ({
    page,
    person,
  }) => {
    const albumId = await person.createAlbum('여름 휴가');
    await person.reserve(albumId, QUOTA - 20_000n);
    await page.goto(`/albums/${albumId}`);
    await expect(page.getByRole('heading', { name: '여름 휴가', level: 1 })).toBeVisible();
    const told = page.getByRole('region', { name: '업로드' }).getByRole('listitem');
    await drop(page, [portrait()]);
    await page.getByTitle('업로드 펼치기').click();
    await expect(told).toContainText(/공간이 부족합니다.*[\d.]+ kB/);

    // Where the app does not know how much is free, the server says so.
    const asked = page.waitForResponse((response) => response.url().endsWith('/StartUpload'));
    await told.getByRole('button', { name: '다시 시도' }).click();
    await asked;
    await expect(told).toContainText(/공간이 부족합니다.*[\d.]+ kB/);
    expect(await told.innerText()).not.toMatch(/quota|storage|bytes/i);
  });

  test('is told in Korean what the server does not take', async ({ page, person }) => {
    await person.createAlbum('여름 휴가');
    await page.goto('/albums');
    await page.getByRole('button', { name: '“여름 휴가” 앨범 작업' }).click();
    await page.getByRole('menuitem', { name: '이름 바꾸기' }).click();
    await page.getByLabel('제목').fill('여름\u0007');
    await page.getByRole('button', { name: '이름 바꾸기', exact: true }).click();
    await expect(page.getByRole('alert')).toHaveText('제목은 한 줄로 1~200자여야 합니다.');

    await page.goto('/account');
    await page.getByRole('button', { name: '계정 닫기…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('비밀번호').fill('not the right words');
    await dialog.getByLabel(person.email).fill(person.email);
    await dialog.getByRole('button', { name: '완전히 닫기' }).click();
    await expect(dialog.getByRole('alert')).toHaveText('비밀번호가 맞지 않습니다.');
  });

  test('is told in Korean why a picture has no preview', async ({ page, person }) => {
    const why = '미리보기가 없습니다. 파일의 끝부분이 빠져 있습니다.';
    await page.goto(`/albums/${await person.createAlbum('여름 휴가')}`);
    await expect(page.getByRole('heading', { name: '여름 휴가', level: 1 })).toBeVisible();
    await drop(page, [halfPicture()]);
    await page.getByTitle('업로드 펼치기').click();
    await expect(page.getByRole('listitem')).toContainText(`저장했습니다. ${why}`);
    await expect(page.getByRole('option', { name: why })).toContainText('다시 시도');
  });
});

test('the language is changed on the account page, and a reload keeps it', async ({ page }) => {
  await page.goto('/account');
  await page.getByRole('radio', { name: '한국어' }).check({ force: true });
  await expect(page.getByRole('heading', { name: '계정', level: 1 })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('heading', { name: '계정', level: 1 })).toBeVisible();
  // Nothing that a reader of Korean meets on a page is left in another language.
  const titles = { '/albums': '앨범', '/trash': '휴지통', '/storage': '저장 공간' };
  for (const [address, title] of Object.entries(titles)) {
    await page.goto(address);
    await expect(page.getByRole('heading', { name: title, level: 1 })).toBeVisible();
    const words = await page.getByRole('main').innerText();
    expect(words.replaceAll(/\b(GB|MB|kB|B|Pic-up)\b/g, '')).not.toMatch(/[A-Za-z]{2,}/);
  }
});
