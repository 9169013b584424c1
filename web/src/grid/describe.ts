import { formatDate, formatDuration } from '../format';
import { type Media, MediaKind, RenditionState } from '../gen/picup/queries/v1/album_pb';
import { t } from '../i18n/index.svelte';
import { failureText } from '../media/failure';

/** What an item is, for those who do not see it. */
export function describeItem(media: Media): string {
  const { renditions } = media;
  const parts = [kindOf(media), media.fileName].filter(Boolean);
  if (renditions?.durationMillis !== undefined) parts.push(formatDuration(renditions.durationMillis));
  parts.push(takenOrAdded(media));
  if (renditions?.state === RenditionState.FAILED) parts.push(failureText(renditions));
  else if (renditions?.state !== RenditionState.READY) parts.push(t('album.processing'));
  return parts.join(', ');
}

/** What an item is called; guests are not always told. */
export function nameOf(media: Media): string {
  return media.fileName || `${kindOf(media)}, ${takenOrAdded(media)}`;
}

/** When it was taken by the camera's clock, or else when it was added. */
export function takenOrAdded(media: Media): string {
  const taken = media.renditions?.takenAtLocalMicros;
  return taken === undefined ? formatDate(media.addedAtMicros) : formatDate(taken, 'moment', 'UTC');
}

function kindOf({ kind }: Media): string {
  return kind === MediaKind.VIDEO ? t('album.video') : t('album.photo');
}
