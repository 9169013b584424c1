import { expect, it } from 'vitest';
import { forEachItem } from './bulk';

const ids = Array.from({ length: 50 }, (_, number) => String(number));

it('does it to all, a few at a time', async () => {
  let running = 0;
  let most = 0;
  const outcome = await forEachItem(ids, async () => {
    most = Math.max(most, (running += 1));
    await Promise.resolve();
    running -= 1;
  });
  expect(new Set(outcome.done)).toEqual(new Set(ids));
  expect(outcome.failed).toEqual([]);
  expect(most).toBeLessThanOrEqual(6);
});

it('goes on past failures and tells the first reason', async () => {
  const outcome = await forEachItem(ids, async (id) => {
    if (Number(id) % 10 === 3) throw new Error(`not ${id}`);
  });
  expect(outcome.failed).toEqual(['3', '13', '23', '33', '43']);
  expect(outcome.done).toHaveLength(45);
  expect(outcome.error).toEqual(new Error('not 3'));
});
