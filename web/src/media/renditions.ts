import type { Media, Rendition } from '../gen/picup/queries/v1/album_pb';

/**
 * The smallest picture of the item whose longer edge has so many pixels, or else the largest; undefined where there is
 * none (yet). Pictures are made to their longer edge, so that those held upright are as small as the others.
 */
export function pictureFor(media: Media, edge: number): Rendition | undefined {
  const pictures = (media.renditions?.objects ?? [])
    .filter(({ contentType }) => contentType.startsWith('image/'))
    .sort((left, right) => longerEdge(left) - longerEdge(right));
  return pictures.find((picture) => longerEdge(picture) >= edge) ?? pictures.at(-1);
}

/** A video of the item that every browser plays; undefined where there is none (yet). */
export function playableVideo(media: Media): Rendition | undefined {
  return media.renditions?.objects.find(({ contentType }) => contentType === 'video/mp4');
}

function longerEdge({ width, height }: Rendition): number {
  return Math.max(width, height);
}
