import { expect, test } from 'vitest';
import { Allowance, examine, recordOf } from './admission';

const jpeg = new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46]);
const album = { albumId: 'album', title: 'Summer' };

test('an empty file and one that is no picture are refused with the reason', async () => {
  expect(await examine(new File([], 'empty.jpg'))).toMatchObject({ problem: { code: 'empty' } });
  expect(await examine(new File(['Dear Mina'], 'letter.jpg'))).toMatchObject({ problem: { code: 'type' } });
  expect(await examine(new File([jpeg], 'odd.dat'))).toMatchObject({ contentType: 'image/jpeg' });
});

test('files are let in as long as they fit, and what is missing is said of the others', async () => {
  const allowance = new Allowance(25);
  const examined = await examine(new File([jpeg], 'photo.jpg'));
  const records = [1, 2, 3].map((order) => recordOf(examined, 'account', album, order, allowance));
  expect(records.map(({ stage }) => stage)).toEqual(['waiting', 'waiting', 'refused']);
  expect(records[2]?.problem).toEqual({ code: 'quota', missingBytes: 5 });
});
