import { thumbhashUrl } from './thumbhash';

/** Decoding may take so much of a frame; what is left waits for the next one. */
const BUDGET = 3;

interface Waiting {
  readonly hash: Uint8Array;
  readonly show: (url: string | undefined) => void;
}

const waiting = new Set<Waiting>();
let scheduled = false;

/** Has a miniature decoded soon, without holding up a frame; answers how to give it up. */
export function blurSoon(hash: Uint8Array, show: (url: string | undefined) => void): () => void {
  const entry = { hash, show };
  waiting.add(entry);
  schedule();
  return () => waiting.delete(entry);
}

function schedule(): void {
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(work);
}

function work(): void {
  scheduled = false;
  const end = performance.now() + BUDGET;
  for (const entry of waiting) {
    waiting.delete(entry);
    entry.show(thumbhashUrl(entry.hash));
    if (performance.now() >= end) break;
  }
  if (waiting.size > 0) schedule();
}
