import type { SlideData } from 'photoswipe';
import type { AlbumItems } from '../grid/album-items.svelte';
import { type Delivery, type Media, MediaKind, RenditionState } from '../gen/picup/queries/v1/album_pb';
import { t } from '../i18n/index.svelte';
import { failureText } from '../media/failure';
import { objectUrl } from '../media/delivery';
import { pictureFor, playableVideo } from '../media/renditions';

/** What every browser shows as it is. */
const SHOWABLE = ['image/jpeg', 'image/png', 'image/webp', 'image/gif', 'image/avif'];
/** Wider than any rendition: the largest one is meant. */
const SCREEN = 1_000_000;
const GRID_PICTURE_EDGE = 320;
const VIDEO_EDGE = 3840;

/** A slide of ours: a picture, a video, or words where there is neither (yet). */
export interface Slide extends SlideData {
  readonly mediaId?: string;
  /** The original, where the browser shows it: for looking closely. */
  readonly originalUrl?: string;
  /** How wide the picture is that is shown first. */
  readonly shownWidth?: number;
  /** What is said where there is nothing to show. */
  readonly words?: string;
  /** Whether it may be tried to make something to show. */
  readonly retriable?: boolean;
}

/** What to show of the item at an index; words until it has come. */
export function slideAt(items: AlbumItems, index: number): Slide {
  const media = items.media(index);
  const { delivery } = items;
  if (!media || !delivery) return { type: 'words', words: t('shell.loading') };
  const state = media.renditions?.state;
  if (media.renditions && state === RenditionState.FAILED) {
    return { ...words(media, failureText(media.renditions)), retriable: true };
  }
  if (state !== RenditionState.READY) return words(media, t('viewer.processing'));
  return media.kind === MediaKind.VIDEO ? videoSlide(media, delivery) : photoSlide(media, delivery);
}

function words({ mediaId }: Media, text: string): Slide {
  return { type: 'words', words: text, mediaId };
}

function photoSlide(media: Media, delivery: Delivery): Slide {
  const screen = pictureFor(media, SCREEN);
  const grid = pictureFor(media, GRID_PICTURE_EDGE);
  if (!screen || !grid) return words(media, t('viewer.failed'));
  const urlOf = (object: string) => objectUrl(delivery, media.mediaId, object);
  return {
    mediaId: media.mediaId,
    src: urlOf(screen.name),
    msrc: urlOf(grid.name),
    alt: media.fileName,
    width: media.renditions?.width || screen.width,
    height: media.renditions?.height || screen.height,
    shownWidth: screen.width,
    thumbCropped: true,
    ...(SHOWABLE.includes(media.contentType) && { originalUrl: urlOf('original') }),
  };
}

function videoSlide(media: Media, delivery: Delivery): Slide {
  const urlOf = (object: string) => objectUrl(delivery, media.mediaId, object);
  const poster = pictureFor(media, SCREEN);
  const { width = 0, height = 0 } = media.renditions ?? {};
  // PhotoSwipe shows nothing larger than it is; small videos fill the window all the same.
  const enlarged = Math.max(1, VIDEO_EDGE / Math.max(width, height, 1));
  return {
    type: 'video',
    mediaId: media.mediaId,
    alt: media.fileName,
    width: width * enlarged,
    height: height * enlarged,
    videoUrl: urlOf(playableVideo(media)?.name ?? 'original'),
    posterUrl: poster && urlOf(poster.name),
  };
}
