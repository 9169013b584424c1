import { beforeEach, describe, expect, test } from 'vitest';
import { broken, expired, FakeServer, recordOf, refusal, toolsOf, unavailable } from './fakes.test-support';
import type { Stage, UploadRecord } from './model';
import { PutError } from './put';
import { type Ending, uploadFile, type Work } from './upload-file';

const MEBIBYTE = 1024 * 1024;
const photo = new Blob(['a small photo']);
const film = new Blob([new Uint8Array(40 * MEBIBYTE)]);

let server: FakeServer;
let record: UploadRecord;
let stages: Stage[];

function workOn(file: Blob | undefined, twin?: UploadRecord): Work {
  return {
    get record() {
      return record;
    },
    save: async (change) => void (record = { ...record, ...change }),
    file: async () => file,
    show: (stage) => void (stages.at(-1) === stage || stages.push(stage)),
    twin: () => twin,
  };
}

function upload(file: Blob | undefined, twin?: UploadRecord): Promise<Ending> {
  return uploadFile(workOn(file, twin), toolsOf(server), new AbortController().signal);
}

beforeEach(() => {
  server = new FakeServer();
  record = recordOf('file1', photo);
  stages = [];
});

describe('a file that goes up in one piece', () => {
  test('is checked, announced, put and completed', async () => {
    expect(await upload(photo)).toEqual({ stage: 'processing' });
    expect(server.log).toEqual([`start ${record.commands.start}`, 'put put', 'complete']);
    expect(stages).toEqual(['checking', 'uploading']);
    expect(record.mediaId).toBe('media');
  });

  test('keeps its command over tries', async () => {
    server.fail('start', unavailable, unavailable);
    expect(await upload(photo)).toEqual({ stage: 'processing' });
    expect(new Set(server.log.filter((line) => line.startsWith('start'))).size).toBe(1);
    expect(server.count('start')).toBe(3);
  });

  test('is put to a fresh address when the old one has expired', async () => {
    server.fail('put', expired);
    expect(await upload(photo)).toEqual({ stage: 'processing' });
    expect(server.count('start')).toBe(2);
    expect(server.count('put')).toBe(2);
  });

  test('fails with a reason when the network does not come back', async () => {
    server.fail('put', broken, broken, broken);
    expect(await upload(photo)).toEqual({ stage: 'failed', problem: { code: 'network' } });
  });

  test('begins anew, as another command, when its upload was abandoned', async () => {
    const before = record.commands.start;
    server.fail('complete', refusal('UPLOAD_OVER'));
    expect(await upload(photo)).toEqual({ stage: 'processing' });
    expect(record.commands.start).not.toBe(before);
  });

  test('that changed on the way frees what is reserved', async () => {
    server.fail('put', new PutError('changed', 'BadDigest'));
    expect(await upload(photo)).toEqual({ stage: 'failed', problem: { code: 'changed' } });
    expect(server.count('abandon')).toBe(1);
    expect(record).toMatchObject({ mediaId: '', announced: false, fingerprint: undefined });
  });

  test('that does not fit is refused with what is missing', async () => {
    server.fail('start', Object.assign(refusal('QUOTA_EXCEEDED'), { missingBytes: 7 }));
    expect(await upload(photo)).toEqual({ stage: 'refused', problem: { code: 'quota', missingBytes: 7 } });
  });

  test('that is not at hand is asked for', async () => {
    expect(await upload(undefined)).toEqual({ stage: 'needs-file' });
  });

  test('chosen again with other bytes is another upload', async () => {
    await upload(photo);
    const before = record.commands.start;
    record = { ...record, reattached: true };
    expect(await upload(new Blob(['another photo']))).toEqual({ stage: 'processing' });
    expect(server.count('abandon')).toBe(1);
    expect(record.commands.start).not.toBe(before);
  });

  test('waits for whoever signs in again', async () => {
    server.fail('start', refusal('UNAUTHENTICATED'));
    await expect(upload(photo)).rejects.toMatchObject({ reason: 'UNAUTHENTICATED' });
  });
});

describe('a duplicate', () => {
  test('is named with its album', async () => {
    server.startsAs = { state: 'duplicate', mediaId: 'other', inTrash: false };
    const duplicate = { mediaId: 'other', inTrash: false, fileName: 'first.jpg', albumTitle: 'Jeju' };
    expect(await upload(photo)).toEqual({ stage: 'duplicate', duplicate });
    expect(record.announced).toBe(false);
  });

  test('of a file that is on its way is not announced', async () => {
    expect(await upload(photo, recordOf('file0', photo))).toMatchObject({
      duplicate: { fileName: 'file0.jpg' },
    });
    expect(server.log).toEqual([]);
  });
});

describe('a file that goes up in parts', () => {
  beforeEach(() => {
    record = recordOf('film1', film);
    server.startsAs = { state: 'parts', mediaId: 'media', partBytes: 16 * MEBIBYTE };
  });

  test('has each part signed right before it is put', async () => {
    expect(await upload(film)).toEqual({ stage: 'processing' });
    expect(server.count('signPart')).toBe(3);
    expect(server.count('put part')).toBe(3);
    expect(stages).toEqual(['checking', 'uploading', 'verifying']);
  });

  test('goes on without the parts that S3 holds', async () => {
    server.fail('put', new PutError('refused', 'no'));
    expect(await upload(film)).toMatchObject({ stage: 'failed' });
    const held = Array.from(server.held.keys());
    server.log.length = 0;
    expect(await upload(film)).toEqual({ stage: 'processing' });
    expect(server.count('put')).toBe(3 - held.length);
  });

  test('puts a part again that S3 holds with other bytes', async () => {
    await upload(film);
    server.held.set(2, { number: 2, bytes: 16 * MEBIBYTE, sha256: new Uint8Array(32) });
    server.log.length = 0;
    await upload(film);
    expect(server.log.filter((line) => line.startsWith('put'))).toEqual(['put part 2']);
  });

  test('has an expired part signed again', async () => {
    server.fail('put', expired);
    expect(await upload(film)).toEqual({ stage: 'processing' });
    expect(server.count('signPart')).toBe(4);
  });
});
