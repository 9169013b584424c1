import { BackendError, type HeldPart } from './backend';
import { checksumOfPart, equalChecksums } from './hashing';
import type { Fingerprint, Progress } from './model';
import { persistently } from './pace';
import { type Part, partsOf } from './part-plan';
import { Places } from './places';
import { isPassingPut } from './put';
import type { Tools } from './upload-file';

/** Parts of one file that are under way at once. With more, more of what is half sent is lost when the tab is. */
const PARTS_AT_ONCE = 2;

/** Tells how far a file is. */
export type OnSent = (progress: Progress) => void;

/** Puts the parts that S3 does not hold yet. */
export async function putParts(
  mediaId: string,
  file: Blob,
  fingerprint: Fingerprint,
  onSent: OnSent,
  tools: Tools,
  signal: AbortSignal,
): Promise<void> {
  const ask = () => tools.backend.heldParts(mediaId, signal);
  const held = await persistently(ask, isTransient, tools.pace, signal);
  // All has arrived and was put together before.
  if (!held) return onSent({ reached: file.size, fresh: 0, kept: file.size });

  const tally = new Tally(onSent);
  const isHeld = heldBy(held, fingerprint);
  const missing: Part[] = [];
  for (const part of partsOf(file.size, fingerprint.partBytes)) {
    if (isHeld(part)) tally.takeOver(part);
    else missing.push(part);
  }

  // The first signature opens the upload with S3. Two at once might open two, and one would take its parts with it.
  const signing = new Places(1);
  await eachOf(missing, signal, async (part, either) => {
    const bytes = file.slice(part.offset, part.offset + part.bytes);
    const checksum = checksumOfPart(fingerprint, part.number);
    // An address is signed right before it is used, so that none expires while it waits for its turn.
    const attempt = async () => {
      const sign = () => tools.backend.signPart(mediaId, part.number, checksum, either);
      const put = await signing.within(either, sign);
      await tools.put(put, bytes, (sent) => tally.count(part, sent), either);
    };
    const inTurn = () => tools.places.within(either, attempt);
    await persistently(inTurn, (error) => isTransient(error) || isPassingPut(error), tools.pace, either);
    tally.finish(part);
  });
}

/** What of each part has been sent, and all of it together. */
class Tally {
  readonly #sent = new Map<number, number>();
  readonly #onSent: OnSent;
  #total = 0;
  #kept = 0;

  constructor(onSent: OnSent) {
    this.#onSent = onSent;
  }

  /** Counts a part that was there before. */
  takeOver(part: Part): void {
    this.#sent.set(part.number, part.bytes);
    this.#total += part.bytes;
    this.#kept += part.bytes;
    this.#tell(0);
  }

  /** Counts a part that S3 has confirmed. */
  finish(part: Part): void {
    this.#kept += part.bytes;
    this.count(part, part.bytes);
  }

  count(part: Part, sent: number): void {
    const fresh = sent - (this.#sent.get(part.number) ?? 0);
    this.#sent.set(part.number, sent);
    this.#total += fresh;
    this.#tell(fresh);
  }

  #tell(fresh: number): void {
    this.#onSent({ reached: this.#total, fresh, kept: this.#kept });
  }
}

function heldBy(held: readonly HeldPart[], fingerprint: Fingerprint): (part: Part) => boolean {
  const byNumber = new Map(held.map((part) => [part.number, part]));
  return ({ number, bytes }) => {
    const there = byNumber.get(number);
    return there?.bytes === bytes && equalChecksums(there.sha256, checksumOfPart(fingerprint, number));
  };
}

function isTransient(error: unknown): boolean {
  return error instanceof BackendError && error.transient;
}

/** Works on a few at a time. A failure stops the others too, and is thrown when all have stopped. */
async function eachOf<Item>(
  items: readonly Item[],
  signal: AbortSignal,
  work: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failing = new AbortController();
  const either = AbortSignal.any([signal, failing.signal]);
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) await work(item, either);
  };
  const stopOthers = (error: unknown) => failing.abort(error);
  await Promise.all(Array.from({ length: PARTS_AT_ONCE }, () => worker().catch(stopOthers)));
  either.throwIfAborted();
}
