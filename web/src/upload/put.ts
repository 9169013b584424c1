import type { SignedPut } from './backend';

/** A PUT on which nothing moves for so long is given up. */
const STALLED_AFTER = 60_000;
/** Signed too, but a browser sets them by itself and lets no script do it. */
const SET_BY_BROWSER = new Set(['host', 'content-length']);

/** Why bytes did not get to S3. */
export type PutTrouble =
  /** The connection failed or S3 had trouble. */
  | 'transient'
  /** The signed address is not accepted, most likely because it has expired. */
  | 'forbidden'
  /** S3 does not know the upload any more. */
  | 'missing'
  /** The bytes are not those that were announced. */
  | 'changed'
  /** The file cannot be read any more. */
  | 'unreadable'
  | 'refused';

/** A PUT that failed. It never says the address. */
export class PutError extends Error {
  constructor(
    readonly trouble: PutTrouble,
    message: string,
  ) {
    super(message);
  }
}

/** Whether the same bytes, perhaps to a freshly signed address, may get through later. */
export function isPassingPut(error: unknown): boolean {
  return error instanceof PutError && (error.trouble === 'transient' || error.trouble === 'forbidden');
}

/** Puts bytes to S3 and tells how many have been sent so far. */
export type Put = (
  put: SignedPut,
  bytes: Blob,
  onSent: (sent: number) => void,
  signal: AbortSignal,
) => Promise<void>;

/** Sends by XMLHttpRequest, because `fetch` does not tell how far it is. The browser reads the blob as it goes. */
export const putByRequest: Put = (put, bytes, onSent, signal) =>
  new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const request = new XMLHttpRequest();
    const watch = new Watch(() => finish(new PutError('transient', 'nothing moves')));
    const abort = () => finish(signal.reason);
    function finish(error?: unknown): void {
      watch.end();
      signal.removeEventListener('abort', abort);
      if (error === undefined) return resolve();
      request.abort();
      reject(error);
    }
    signal.addEventListener('abort', abort, { once: true });
    request.upload.onprogress = (event) => {
      watch.moved();
      onSent(event.loaded);
    };
    request.onload = () => finish(troubleOf(request));
    request.onerror = () => void whyFailed(bytes).then(finish);
    request.open('PUT', put.url);
    for (const { name, value } of put.headers) {
      if (!SET_BY_BROWSER.has(name.toLowerCase())) request.setRequestHeader(name, value);
    }
    request.send(bytes);
  });

/** Notices when nothing has moved for long. */
class Watch {
  readonly #stalled: () => void;
  #timer: ReturnType<typeof setTimeout>;

  constructor(stalled: () => void) {
    this.#stalled = stalled;
    this.#timer = setTimeout(stalled, STALLED_AFTER);
  }

  moved(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#stalled, STALLED_AFTER);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

/** A browser says the same of a broken connection and of a file that has gone or changed. */
async function whyFailed(bytes: Blob): Promise<PutError> {
  try {
    await bytes.slice(0, 1).arrayBuffer();
    return new PutError('transient', 'the connection failed');
  } catch {
    return new PutError('unreadable', 'the file cannot be read');
  }
}

function troubleOf(request: XMLHttpRequest): PutError | undefined {
  const { status, responseText } = request;
  if (status >= 200 && status < 300) return undefined;
  const said = `${element(responseText, 'Message')} (${status})`.trim();
  if (status === 403) return new PutError('forbidden', said);
  if (status === 404) return new PutError('missing', said);
  if (status === 408 || status === 429 || status >= 500) return new PutError('transient', said);
  const code = element(responseText, 'Code');
  // S3 has checked the checksum that was signed.
  const changed = ['BadDigest', 'XAmzContentChecksumMismatch', 'XAmzContentSHA256Mismatch', 'IncompleteBody'];
  return new PutError(changed.includes(code) ? 'changed' : 'refused', said);
}

/** The text of an element of S3's error document. */
function element(document: string, name: string): string {
  return new RegExp(`<${name}>([^<]{0,200})`).exec(document)?.[1] ?? '';
}
