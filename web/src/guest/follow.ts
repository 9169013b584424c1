import { whileVisible } from '../live/while-visible';
import type { SharedAlbum } from './shared-album.svelte';

/** Nobody tells guests what changes: they ask. More often while something on the screen is being prepared. */
const ASK_EVERY = 15_000;
const ASK_SOON = 3_000;
/** A large album, or a busy server, is asked less often: no more than this part of the time. */
const PATIENCE = 10;

/** Loads a shared album and shows what changes in it, while the page is seen; answers how to stop. */
export function follow(shared: SharedAlbum): () => void {
  let took = 0;
  const ask = async (): Promise<void> => {
    const start = performance.now();
    await shared.reload();
    took = performance.now() - start;
  };
  return whileVisible(ask, () => Math.max(shared.isPreparing ? ASK_SOON : ASK_EVERY, PATIENCE * took));
}
