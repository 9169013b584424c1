import { beforeEach, expect, test, vi } from 'vitest';
import { Entries } from './entries';
import { FakeServer, recordOf, refusal, toolsOf } from './fakes.test-support';
import type { UploadRecord } from './model';
import { Runner } from './runner';

let server: FakeServer;
let entries: Entries;
let stored: Map<string, UploadRecord>;
let runner: Runner;
const files = new Map<string, Blob>();

beforeEach(() => {
  server = new FakeServer();
  stored = new Map();
  files.clear();
  entries = new Entries({
    put: async (records) => records.forEach((record) => stored.set(record.id, record)),
    remove: async (ids) => ids.forEach((id) => stored.delete(id)),
  });
  const bytes = { file: async (id: string) => files.get(id), letGo: async () => undefined };
  runner = new Runner(entries, bytes, toolsOf(server));
  return () => runner.stop();
});

function queue(count: number, content = (at: number) => `photo ${at}`): string[] {
  const records = Array.from({ length: count }, (_, at) => {
    const file = new Blob([content(at)]);
    files.set(`file${at}`, file);
    return recordOf(`file${at}`, file);
  });
  entries.take(records);
  return records.map(({ id }) => id);
}

function stages(): string[] {
  return Array.from(entries.all(), ({ stage }) => stage);
}

/** Holds a request up until it is let go. */
function holdUp(request: 'start' | 'complete'): { letGo: () => void } {
  let letGo = () => undefined as void;
  const held = new Promise<void>((resolve) => (letGo = resolve));
  const original = server[request].bind(server) as (...given: unknown[]) => Promise<unknown>;
  vi.spyOn(server, request).mockImplementation((async (...given: unknown[]) => {
    await held;
    return original(...given);
  }) as never);
  return { letGo };
}

test('all files go up, four at a time', async () => {
  queue(10);
  const { letGo } = holdUp('start');
  await runner.start();
  await vi.waitFor(() => expect(stages().filter((stage) => stage === 'uploading')).toHaveLength(4));
  expect(stages().filter((stage) => stage === 'waiting')).toHaveLength(6);
  letGo();
  await vi.waitFor(() =>
    expect(stages().every((stage) => stage === 'processing' || stage === 'done')).toBe(true),
  );
  expect(server.count('complete')).toBe(10);
});

test('a paused file stops and goes on where it is told to', async () => {
  const ids = queue(1);
  const { letGo } = holdUp('start');
  await runner.start();
  await vi.waitFor(() => expect(stages()).toEqual(['uploading']));
  await runner.perform('pause', ids);
  letGo();
  await vi.waitFor(() => expect(server.count('start')).toBe(1));
  expect(stages()).toEqual(['paused']);
  expect(stored.get('file0')?.stage).toBe('paused');
  await runner.perform('resume', ids);
  await vi.waitFor(() => expect(server.count('complete')).toBe(1));
});

test('a cancelled file is abandoned and forgotten', async () => {
  const ids = queue(1);
  const { letGo } = holdUp('complete');
  await runner.start();
  await vi.waitFor(() => expect(server.count('put')).toBe(1));
  const cancelling = runner.perform('cancel', ids);
  letGo();
  await cancelling;
  expect(server.count('abandon')).toBe(1);
  expect(stages()).toEqual([]);
  expect(stored.size).toBe(0);
});

test('a file that is complete before its cancellation arrives stays', async () => {
  const ids = queue(1);
  server.startsAs = { state: 'single', mediaId: 'media', put: { url: 'put', headers: [] } };
  const { letGo } = holdUp('complete');
  server.fail('abandon', refusal('UPLOAD_COMPLETE'));
  await runner.start();
  await vi.waitFor(() => expect(server.count('put')).toBe(1));
  const cancelling = runner.perform('cancel', ids);
  letGo();
  await cancelling;
  expect(stages()).toEqual(['processing']);
});

test('of the same file twice only the first goes up, until both are wanted', async () => {
  queue(2, () => 'the same photo');
  const { letGo } = holdUp('complete');
  await runner.start();
  await vi.waitFor(() => expect(stages()).toEqual(['uploading', 'duplicate']));
  await runner.perform('keep-both', ['file1']);
  letGo();
  await vi.waitFor(() => expect(server.count('complete')).toBe(2));
});

test('what was finished before this start is not shown again', async () => {
  entries.take([recordOf('file0', new Blob(['x']), { stage: 'done' })]);
  await runner.start();
  expect(stages()).toEqual([]);
});
