import type { Fingerprint } from './model';

/** Files that are read at once: one long video must not hold up the pictures. */
const WORKERS = 2;

/** What a worker is asked. */
export interface HashOrder {
  readonly id: number;
  readonly file: Blob;
  readonly partBytes: number;
}

/** What a worker says. */
export type HashAnswer =
  | { readonly id: number; readonly read: number }
  | { readonly id: number; readonly fingerprint: Fingerprint }
  | { readonly id: number; readonly unreadable: string };

/** A file whose bytes cannot be read, or not any more. */
export class UnreadableError extends Error {}

/** There is nobody to read files, for example because the worker's script cannot be loaded without a network. */
export class NoWorkerError extends Error {}

/** Finds out a file's checksums without holding up the page. */
export type Hash = (
  file: Blob,
  partBytes: number,
  onRead: (bytes: number) => void,
  signal: AbortSignal,
) => Promise<Fingerprint>;

interface Job extends HashOrder {
  readonly onRead: (bytes: number) => void;
  readonly resolve: (fingerprint: Fingerprint) => void;
  readonly reject: (reason: unknown) => void;
}

/** A few workers that hash. They are made when there is something to do. */
export class Hasher {
  readonly #waiting: Job[] = [];
  readonly #busy = new Map<Job, Worker>();
  readonly #idle: Worker[] = [];
  #ids = 0;

  readonly hash: Hash = (file, partBytes, onRead, signal) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const job: Job = { id: (this.#ids += 1), file, partBytes, onRead, resolve, reject };
      signal.addEventListener('abort', () => this.#drop(job, signal.reason), { once: true });
      this.#waiting.push(job);
      this.#next();
    });

  #next(): void {
    while (this.#busy.size < WORKERS) {
      const job = this.#waiting.shift();
      if (!job) return;
      const worker = this.#idle.pop() ?? newWorker();
      this.#busy.set(job, worker);
      worker.onmessage = (event: MessageEvent<HashAnswer>) => this.#hear(job, event.data);
      worker.onerror = () => this.#fail(job);
      const { id, file, partBytes } = job;
      worker.postMessage({ id, file, partBytes } satisfies HashOrder);
    }
  }

  #hear(job: Job, answer: HashAnswer): void {
    if ('read' in answer) return job.onRead(answer.read);
    const worker = this.#busy.get(job);
    this.#busy.delete(job);
    if (worker) this.#idle.push(worker);
    if ('fingerprint' in answer) job.resolve(answer.fingerprint);
    else job.reject(new UnreadableError(answer.unreadable));
    this.#next();
  }

  /** A worker that could not be loaded says so by an event only. */
  #fail(job: Job): void {
    this.#drop(job, new NoWorkerError('the checksum worker does not start'));
  }

  /** A worker in the middle of a file is ended: it has no ear until it is through. */
  #drop(job: Job, reason: unknown): void {
    const at = this.#waiting.indexOf(job);
    if (at >= 0) this.#waiting.splice(at, 1);
    this.#busy.get(job)?.terminate();
    this.#busy.delete(job);
    job.reject(reason);
    this.#next();
  }
}

function newWorker(): Worker {
  return new Worker(new URL('./hashing.worker.ts', import.meta.url), { type: 'module' });
}
