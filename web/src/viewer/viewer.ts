import PhotoSwipe, { type PhotoSwipeOptions } from 'photoswipe';
import 'photoswipe/style.css';
import { type Component, mount, unmount } from 'svelte';
import type { Media } from '../gen/picup/queries/v1/album_pb';
import type { AlbumItems } from '../grid/album-items.svelte';
import { describeItem } from '../grid/describe';
import { t } from '../i18n/index.svelte';
import { announce } from '../notices/announce.svelte';
import { icons, type IconName } from '../shell/icons';
import { hasFailed, showOwnContents, sharpenWhenZoomed } from './contents';
import Details from './Details.svelte';
import { slideAt, type Slide } from './slides';
import { ViewerState } from './viewer-state.svelte';
import './viewer.css';

/** As wide as the details beside the picture; narrower windows show them over it. */
const DETAILS_WIDTH = 360;
const NARROW = 800;

/** What the viewer tells and asks the page that has opened it. It offers only what the page can do. */
export interface ViewerHost {
  readonly items: AlbumItems;
  /** Another item is shown. */
  shown(mediaId: string): void;
  /** Somebody has closed it, at this item. */
  closed(index: number): void;
  /** Something did not come; perhaps its address has ended. */
  unreachable(): void;
  download?(media: Media): void;
  trash?(mediaId: string): Promise<void>;
  /** Has its renditions made again. */
  retry?(mediaId: string): Promise<void>;
  /** What stands below an item's details. */
  readonly history?: Component<{ mediaId: string }>;
}

/** Shows the items of an album one by one, as large as the window. */
export class Viewer {
  readonly #pswp: PhotoSwipe;
  readonly #state = new ViewerState();
  readonly #abort = new AbortController();
  #details: Record<string, unknown> | undefined;
  #closedFromOutside = false;

  constructor(
    readonly host: ViewerHost,
    index: number,
  ) {
    this.#pswp = new PhotoSwipe(this.#options(index));
    const pswp = this.#pswp;
    pswp.addFilter('numItems', () => host.items.shape?.count ?? 0);
    pswp.addFilter('itemData', (_, at) => this.#slide(at));
    pswp.addFilter(
      'thumbEl',
      (_, __, at) => document.querySelector<HTMLElement>(`#item-${at} .sharp`) ?? (undefined as never),
    );
    showOwnContents(pswp, host);
    pswp.on('loadError', () => host.unreachable());
    sharpenWhenZoomed(pswp);
    pswp.on('uiRegister', () => this.#addButtons());
    pswp.on('change', () => this.#changed());
    pswp.on('close', () => this.#close());
    addEventListener('keydown', (event) => this.#key(event), { signal: this.#abort.signal });
    const { clientWidth, style } = document.documentElement;
    style.setProperty('--page-width', `${clientWidth}px`);
    pswp.init();
    this.#addDetails();
  }

  /** The item on the screen. */
  get mediaId(): string | undefined {
    return this.#state.media?.mediaId;
  }

  goTo(index: number): void {
    this.#pswp.goTo(index);
  }

  /** Closes it without telling the host. */
  close(): void {
    this.#closedFromOutside = true;
    this.#pswp.close();
  }

  /** The album has changed: the item on the screen may have another place, or be gone. */
  itemsChanged(): void {
    const { items } = this.host;
    const count = items.shape?.count ?? 0;
    if (count === 0) return this.#pswp.close();
    const index = this.mediaId === undefined ? undefined : items.indexOf(this.mediaId);
    const place = index ?? Math.min(this.#pswp.currIndex, count - 1);
    const moved = place !== this.#pswp.currIndex;
    this.#pswp.currIndex = place;
    this.#pswp.potentialIndex = place;
    if (this.#pswp.currSlide) this.#pswp.currSlide.index = place;
    const shown: Slide | undefined = this.#pswp.currSlide?.data;
    // The picture on the screen is left alone while it is the same.
    const failed = this.#pswp.currSlide && hasFailed(this.#pswp.currSlide.content);
    if (index === undefined || shown?.type === 'words' || failed) this.#pswp.refreshSlideContent(place);
    if (moved || index === undefined) {
      this.#pswp.refreshSlideContent(place - 1);
      this.#pswp.refreshSlideContent(place + 1);
    }
    this.#changed();
  }

  #options(index: number): PhotoSwipeOptions {
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    return {
      index,
      bgOpacity: 1,
      loop: false,
      wheelToZoom: true,
      returnFocus: false,
      // The page behind is inert; toasts can still be reached.
      trapFocus: false,
      showHideAnimationType: still ? 'none' : 'zoom',
      zoomAnimationDuration: still ? false : 250,
      getViewportSizeFn: () => ({ x: innerWidth - this.#detailsWidth(), y: innerHeight }),
      closeSVG: svgOf('close'),
      arrowPrevSVG: svgOf('chevron'),
      arrowNextSVG: svgOf('chevron'),
      closeTitle: t('viewer.close'),
      zoomSVG: svgOf('zoom'),
      zoomTitle: t('viewer.zoom'),
      arrowPrevTitle: t('viewer.previous'),
      arrowNextTitle: t('viewer.next'),
      errorMsg: t('viewer.unreachable'),
    };
  }

  #slide(index: number): Slide {
    const { items } = this.host;
    if (!items.media(index)) {
      void items.mediaAt(index).then((media) => {
        if (media && !this.#pswp.isDestroying) this.#pswp.refreshSlideContent(index);
      });
    }
    return slideAt(items, index);
  }

  #addDetails(): void {
    const { element } = this.#pswp;
    if (!element) return;
    element.ariaLabel = t('viewer.title');
    const { history } = this.host;
    const props = { viewer: this.#state, history, onclose: () => this.#toggleDetails() };
    this.#details = mount(Details, { target: element, props });
  }

  #addButtons(): void {
    this.#addButton('details', 11, 'info', t('viewer.details'), () => this.#toggleDetails());
    const { download, trash } = this.host;
    if (download) this.#addButton('download', 12, 'download', t('viewer.download'), () => this.#download());
    if (trash) this.#addButton('trash', 13, 'trash', t('viewer.trash'), () => this.#trash());
  }

  #addButton(name: string, order: number, icon: IconName, title: string, onClick: () => void): void {
    this.#pswp.ui?.registerElement({
      name,
      order,
      isButton: true,
      title,
      ariaLabel: title,
      html: svgOf(icon),
      onClick,
    });
  }

  #changed(): void {
    const media = this.host.items.media(this.#pswp.currIndex);
    if (!media || media === this.#state.media) return;
    const other = media.mediaId !== this.mediaId;
    this.#state.media = media;
    if (!other) return;
    announce(describeItem(media));
    this.host.shown(media.mediaId);
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
    const actions: Partial<Record<string, () => void>> = {
      i: () => this.#toggleDetails(),
      d: () => this.#download(),
      Delete: () => this.#trash(),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }

  #toggleDetails(): void {
    this.#state.detailsOpen = !this.#state.detailsOpen;
    this.#pswp.element?.classList.toggle('with-details', this.#state.detailsOpen);
    this.#pswp.updateSize(true);
  }

  #detailsWidth(): number {
    return this.#state.detailsOpen && innerWidth > NARROW ? DETAILS_WIDTH : 0;
  }

  #download(): void {
    if (this.#state.media) this.host.download?.(this.#state.media);
  }

  #trash(): void {
    const id = this.mediaId;
    if (id !== undefined) void this.host.trash?.(id);
  }

  #close(): void {
    this.#abort.abort();
    if (this.#details) void unmount(this.#details);
    if (!this.#closedFromOutside) this.host.closed(this.#pswp.currIndex);
  }
}

function svgOf(icon: IconName): string {
  return `<svg class="viewer-icon" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true"><path d="${icons[icon]}"/></svg>`;
}
