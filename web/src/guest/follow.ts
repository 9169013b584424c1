import { whileVisible } from '../live/while-visible';
import type { SharedAlbum } from './shared-album.svelte';

/** Nobody tells guests what changes: they ask this often, and sooner while something on the screen is prepared. */
const ASK_EVERY = 15_000;
const LOOK_EVERY = 3_000;
/** A large album, or a busy server, is asked no more than this part of the time. */
const PATIENCE = 10;

/** Loads a shared album and shows what changes in it, while the page is seen; answers how to stop. */
export function follow(shared: SharedAlbum): () => void {
  let asked = { at: -Infinity, took: 0 };

  async function look(): Promise<void> {
    const wait = Math.max(shared.isPreparing ? 0 : ASK_EVERY, PATIENCE * asked.took);
    if (performance.now() - asked.at < wait) return;
    const start = performance.now();
    await shared.reload();
    asked = { at: performance.now(), took: performance.now() - start };
  }
  return whileVisible(look, LOOK_EVERY);
}
