import { expect, test } from 'vitest';
import { viewOf } from './entries';
import { recordOf } from './fakes.test-support';
import { Meter, secondsLeft } from './meter';
import type { Stage, UploadView } from './model';
import { group, summarize } from './summary';

function view(at: number, stage: Stage, reached = 0): UploadView {
  return viewOf(recordOf(`file${at}`, new Blob(['0123456789'])), stage, reached);
}

test('the overall progress counts what is uploaded and leaves aside what needs a decision', () => {
  const views = [
    view(1, 'done'),
    view(2, 'processing'),
    view(3, 'uploading', 4),
    view(4, 'waiting'),
    view(5, 'duplicate'),
  ];
  expect(summarize(views, 4)).toEqual({
    files: 4,
    bytes: 40,
    uploadedFiles: 2,
    uploadedBytes: 24,
    processedFiles: 1,
    attention: 1,
    active: 1,
    paused: 0,
    bytesPerSecond: 4,
    secondsLeft: 4,
    state: 'uploading',
  });
});

test('a queue of which everything is paused has no time left', () => {
  const summary = summarize([view(1, 'paused')], 100);
  expect(summary).toMatchObject({ state: 'paused', bytesPerSecond: 0, secondsLeft: undefined });
});

test('what a paused file has brought up still counts', () => {
  expect(summarize([view(1, 'paused', 4), view(2, 'done')], 0).uploadedBytes).toBe(14);
});

test('of thousands of files some dozens are shown', () => {
  const views = Array.from({ length: 10_000 }, (_, at) => view(at, at < 5000 ? 'done' : 'waiting'));
  const groups = group(views, () => 20);
  expect(groups.map(({ name, count, rows }) => [name, count, rows.length])).toEqual([
    ['waiting', 5000, 20],
    ['done', 5000, 20],
  ]);
  expect(groups[1]?.rows[0]?.id).toBe('file4999');
});

test('the speed follows what is sent and falls when nothing is', () => {
  const meter = new Meter(0);
  for (let now = 250; now <= 20_000; now += 250) {
    meter.add(250);
    meter.read(now);
  }
  expect(meter.read(20_000)).toBeCloseTo(1000, -1);
  expect(meter.read(24_000)).toBeLessThan(400);
  expect(secondsLeft(10, 0)).toBeUndefined();
});
