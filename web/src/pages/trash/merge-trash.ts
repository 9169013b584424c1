import type { Media } from '../../gen/picup/queries/v1/album_pb';

/** Two lists, each in the order of the trash (the latest first), as one; each item once. */
export function mergeTrash(present: readonly Media[], added: readonly Media[]): Media[] {
  const ids = new Set(present.map(({ mediaId }) => mediaId));
  const fresh = added.filter(({ mediaId }) => !ids.has(mediaId));
  const merged = [...present, ...fresh];
  const [last, next] = [present.at(-1), fresh[0]];
  // The next page follows what is there: nothing needs to be sorted.
  if (!last || !next || latestFirst(last, next) < 0) return merged;
  return merged.sort(latestFirst);
}

function latestFirst(left: Media, right: Media): number {
  return compare(trashedAt(right), trashedAt(left)) || compare(right.mediaId, left.mediaId);
}

function trashedAt(media: Media): bigint {
  return media.trashedAtMicros ?? 0n;
}

function compare<Value extends bigint | string>(left: Value, right: Value): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
