import type PhotoSwipe from 'photoswipe';
import { t } from '../i18n/index.svelte';
import type { Slide } from './slides';

/** So much of a video's lower edge is its controls: there a finger seeks and does not swipe. */
const CONTROLS = 72;
/** A picture is looked at closely when it is drawn so much wider than it is. */
const CLOSE = 1.05;

/** What the contents of slides ask for. */
interface ContentsHost {
  /** Has an item's renditions made again; absent for those who may not. */
  retry?(mediaId: string): Promise<void>;
  /** Something did not come. */
  unreachable(): void;
}

/** Teaches PhotoSwipe the slides that it does not know: videos and words. */
export function showOwnContents(pswp: PhotoSwipe, host: ContentsHost): void {
  pswp.on('contentLoad', (event) => {
    const { content } = event;
    const slide: Slide = content.data;
    if (slide.type !== 'video' && slide.type !== 'words') return;
    event.preventDefault();
    content.element = slide.type === 'video' ? videoElement(slide, host) : wordsElement(slide, host);
    content.state = 'loading';
    content.onLoaded();
  });
  pswp.on('contentDeactivate', ({ content }) => videoIn(content.element)?.pause());
  // A video that nobody sees is not loaded to its end.
  pswp.on('contentDestroy', ({ content }) => {
    const video = videoIn(content.element);
    video?.removeAttribute('src');
    video?.load();
  });
  pswp.addFilter('preventPointerEvent', (prevent, event) => prevent && !isVideo(event.target));
  pswp.on('pointerDown', (event) => {
    if (isOnControls(event.originalEvent)) event.preventDefault();
  });
}

/** Whether a slide's picture or video did not come. */
export function hasFailed(content: { isError(): boolean; element?: HTMLElement | undefined }): boolean {
  return content.isError() || Boolean(videoIn(content.element)?.error);
}

/** Shows the original in place of its rendition as soon as somebody looks closely. */
export function sharpenWhenZoomed(pswp: PhotoSwipe): void {
  pswp.on('zoomPanUpdate', ({ slide }) => {
    const { originalUrl, shownWidth = 0 }: Slide = slide.data;
    const { element } = slide.content;
    if (!originalUrl || !(element instanceof HTMLImageElement) || element.dataset['original']) return;
    if (slide.currZoomLevel * slide.width * devicePixelRatio < shownWidth * CLOSE) return;
    if (slide.currZoomLevel <= slide.zoomLevels.fit) return;
    element.dataset['original'] = 'asked';
    const original = new Image();
    original.src = originalUrl;
    // Where the original does not come, the rendition stays.
    original.decode().then(
      () => (element.src = originalUrl),
      () => delete element.dataset['original'],
    );
  });
}

function videoElement(slide: Slide, host: ContentsHost): HTMLDivElement {
  const frame = document.createElement('div');
  const video = document.createElement('video');
  video.className = 'viewer-video';
  video.controls = true;
  video.playsInline = true;
  video.preload = 'metadata';
  video.ariaLabel = slide.alt ?? '';
  if (typeof slide['posterUrl'] === 'string') video.poster = slide['posterUrl'];
  if (typeof slide['videoUrl'] === 'string') video.src = slide['videoUrl'];
  video.addEventListener('error', () => host.unreachable());
  frame.append(video);
  return frame;
}

function wordsElement({ words, retriable, mediaId }: Slide, host: ContentsHost): HTMLDivElement {
  const element = document.createElement('div');
  element.className = 'viewer-words';
  const say = (text: string): void => {
    const paragraph = document.createElement('p');
    paragraph.textContent = text;
    element.append(paragraph);
  };
  say(words ?? '');
  const { retry } = host;
  if (retry && retriable && mediaId !== undefined) {
    say(t('viewer.originalKept'));
    const button = document.createElement('button');
    button.className = 'button';
    button.textContent = t('shell.tryAgain');
    button.addEventListener('click', () => void retry(mediaId));
    element.append(button);
  }
  return element;
}

function videoIn(element: HTMLElement | undefined): HTMLVideoElement | null {
  return element?.querySelector('video') ?? null;
}

function isVideo(target: EventTarget | null): target is HTMLVideoElement {
  return target instanceof HTMLVideoElement;
}

function isOnControls(event: PointerEvent): boolean {
  if (!isVideo(event.target)) return false;
  return event.clientY > event.target.getBoundingClientRect().bottom - CONTROLS;
}
