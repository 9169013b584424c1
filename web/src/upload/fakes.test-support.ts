import { type Backend, BackendError, type HeldPart, type Processing, type Started } from './backend';
import { fingerprintOf } from './hashing';
import type { UploadRecord } from './model';
import type { Pace } from './pace';
import { Places } from './places';
import { type Put, PutError } from './put';
import { fresh, type Tools } from './upload-file';

/** What a step of a fake does once instead of succeeding. */
type Once = () => void;

/** A server and an S3 that keep what they are given in memory. */
export class FakeServer implements Backend {
  readonly log: string[] = [];
  readonly held = new Map<number, HeldPart>();
  /** Failures to come, by the name of the request. */
  readonly failures = new Map<string, Once[]>();
  startsAs: Started = { state: 'single', mediaId: 'media', put: { url: 'put', headers: [] } };
  free = 1_000_000_000;
  pictures: Processing['state'] = 'ready';

  fail(request: string, ...errors: Error[]): void {
    this.failures.set(
      request,
      errors.map((error) => () => {
        throw error;
      }),
    );
  }

  async freeBytes(): Promise<number> {
    return this.free;
  }

  async start({ commandId }: { commandId: string }): Promise<Started> {
    this.#asked('start', commandId);
    return this.startsAs;
  }

  async heldParts(): Promise<HeldPart[]> {
    this.#asked('heldParts');
    return Array.from(this.held.values());
  }

  async signPart(_mediaId: string, number: number, sha256: Uint8Array) {
    this.#asked('signPart', String(number));
    return {
      url: `part ${number}`,
      headers: [{ name: 'checksum', value: sha256.join() }],
    };
  }

  async complete(): Promise<undefined> {
    this.#asked('complete');
  }

  async abandon(): Promise<void> {
    this.#asked('abandon');
  }

  async describe() {
    return { fileName: 'first.jpg', albumTitle: 'Jeju' };
  }

  async processing(): Promise<Processing[]> {
    return [{ mediaId: 'media', state: this.pictures, reason: '', message: '' }];
  }

  readonly put: Put = async (put, bytes, onSent, signal) => {
    signal.throwIfAborted();
    this.#asked('put', put.url);
    onSent(bytes.size);
    const number = Number(put.url.split(' ')[1] ?? 0);
    const sha256 = Uint8Array.from(put.headers[0]?.value.split(',') ?? [], Number);
    if (number > 0) this.held.set(number, { number, bytes: bytes.size, sha256 });
  };

  /** How often something was asked for. */
  count(request: string): number {
    return this.log.filter((line) => line.startsWith(request)).length;
  }

  #asked(request: string, what = ''): void {
    this.log.push(`${request} ${what}`.trim());
    this.failures.get(request)?.shift()?.();
  }
}

/** Does not wait, and gives up after three tries. */
export const hastyPace: Pace = {
  rest: async (tries) => (tries < 3 ? tries : undefined),
};

export function toolsOf(server: FakeServer): Tools {
  return {
    backend: server,
    hash: (file, partBytes, onRead) => fingerprintOf(file, partBytes, onRead),
    put: server.put,
    pace: hastyPace,
    places: new Places(4),
  };
}

export function recordOf(id: string, file: Blob, change: Partial<UploadRecord> = {}): UploadRecord {
  return {
    id,
    account: 'account',
    order: Number(id.replace(/\D/g, '')) || 0,
    album: { albumId: 'album', title: 'Summer' },
    name: `${id}.jpg`,
    contentType: 'image/jpeg',
    bytes: file.size,
    lastModified: 0,
    stage: 'waiting',
    ...fresh(),
    keepDuplicate: false,
    reattached: false,
    storedAt: 0,
    ...change,
  };
}

export function refusal(reason: string): BackendError {
  return new BackendError(reason, reason, false);
}

export const unavailable = new BackendError('unavailable', 'UNAVAILABLE', true);
export const expired = new PutError('forbidden', 'expired (403)');
export const broken = new PutError('transient', 'the connection failed');
