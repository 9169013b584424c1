import type { SlideData } from 'photoswipe';
import type { AlbumItems } from '../grid/album-items.svelte';
import { nameOf } from '../grid/describe';
import { type Media, MediaKind, RenditionState } from '../gen/picup/queries/v1/album_pb';
import { t } from '../i18n/index.svelte';
import { failureText } from '../media/failure';
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
  if (!media || !items.delivery) return { type: 'words', words: t('shell.loading') };
  const state = media.renditions?.state;
  if (media.renditions && state === RenditionState.FAILED) {
    return { ...words(media, failureText(media.renditions)), retriable: true };
  }
  if (state !== RenditionState.READY) return words(media, t('viewer.processing'));
  return media.kind === MediaKind.VIDEO ? videoSlide(items, media) : photoSlide(items, media);
}

function words({ mediaId }: Media, text: string): Slide {
  return { type: 'words', words: text, mediaId };
}

function photoSlide(items: AlbumItems, media: Media): Slide {
  const screen = pictureFor(media, SCREEN);
  const grid = pictureFor(media, GRID_PICTURE_EDGE);
  const src = screen && items.urlOf(media, screen);
  const msrc = grid && items.urlOf(media, grid);
  if (!src || !msrc) return words(media, t('viewer.failed'));
  const originalUrl = SHOWABLE.includes(media.contentType) ? items.urlOf(media, 'original') : undefined;
  return {
    mediaId: media.mediaId,
    src,
    msrc,
    alt: nameOf(media),
    width: media.renditions?.width || screen.width,
    height: media.renditions?.height || screen.height,
    shownWidth: screen.width,
    thumbCropped: true,
    ...(originalUrl && { originalUrl }),
  };
}

function videoSlide(items: AlbumItems, media: Media): Slide {
  const videoUrl = items.urlOf(media, playableVideo(media) ?? 'original');
  if (!videoUrl) return words(media, t('viewer.videoKept'));
  const poster = pictureFor(media, SCREEN);
  const { width = 0, height = 0 } = media.renditions ?? {};
  // PhotoSwipe shows nothing larger than it is; small videos fill the window all the same.
  const enlarged = Math.max(1, VIDEO_EDGE / Math.max(width, height, 1));
  return {
    type: 'video',
    mediaId: media.mediaId,
    alt: media.fileName ? t('viewer.video', media.fileName) : nameOf(media),
    width: width * enlarged,
    height: height * enlarged,
    videoUrl,
    posterUrl: poster && items.urlOf(media, poster),
  };
}
