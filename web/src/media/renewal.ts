import { onMount } from 'svelte';
import type { Delivery } from '../gen/picup/queries/v1/album_pb';

/** So long before its end a delivery is asked for anew. */
const MARGIN = 5 * 60_000;
/** So often that is looked at, and no more often it is asked for. */
const LOOK_EVERY = 60_000;

/** Whether the addresses of a delivery end soon, at this time of `Date.now()`. */
export function endsSoon(delivery: Delivery | undefined, now: number): boolean {
  const end = Number(delivery?.expiresAtMicros ?? 0n) / 1000;
  return end > 0 && end - MARGIN < now;
}

/**
 * Has a delivery renewed before its addresses end, for as long as the component is there that calls this. What it
 * answers is to be told of pictures that do not come: the clock of this machine may be wrong.
 */
export function keepFresh(delivery: () => Delivery | undefined, renew: () => Promise<void>): () => void {
  let askedAt = -Infinity;

  function ask(): void {
    if (performance.now() - askedAt < LOOK_EVERY) return;
    askedAt = performance.now();
    // Whatever comes of it, it is looked at again.
    renew().catch(() => undefined);
  }
  function look(): void {
    if (!document.hidden && endsSoon(delivery(), Date.now())) ask();
  }
  onMount(() => {
    const interval = window.setInterval(look, LOOK_EVERY);
    document.addEventListener('visibilitychange', look);
    return () => {
      clearInterval(interval);
      document.removeEventListener('visibilitychange', look);
    };
  });
  return ask;
}
