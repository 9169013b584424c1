import { thumbHashToAverageRGBA, thumbHashToDataURL } from 'thumbhash';

const MOST_KEPT = 400;
const kept = new Map<string, string>();

/** A blurred miniature as a `data:` address; undefined where there is none. */
export function thumbhashUrl(hash: Uint8Array): string | undefined {
  if (hash.length < 5) return undefined;
  const key = hash.join();
  const known = kept.get(key);
  if (known !== undefined) return known;
  const url = thumbHashToDataURL(hash);
  if (kept.size >= MOST_KEPT) kept.clear();
  kept.set(key, url);
  return url;
}

/** The miniature's average colour, for where even a blurred picture would cost too much. */
export function averageColour(hash: Uint8Array): string | undefined {
  if (hash.length < 5) return undefined;
  const { r, g, b } = thumbHashToAverageRGBA(hash);
  const channel = (value: number) => Math.round(value * 255);
  return `rgb(${channel(r)} ${channel(g)} ${channel(b)})`;
}
