import { type Client, createClient } from '@connectrpc/connect';
import type { OpenShareResponse } from '../gen/picup/access/v1/access_pb';
import { RenditionState } from '../gen/picup/queries/v1/album_pb';
import { type GetSharedAlbumResponse, ShareQueries } from '../gen/picup/queries/v1/share_pb';
import { AlbumItems } from '../grid/album-items.svelte';
import { Selection } from '../grid/selection.svelte';
import { SharedSource } from './shared-source';
import type { Visit } from './visit.svelte';

/** The shared album on a guest's screen: itself, its items, and which of them are chosen and seen. */
export class SharedAlbum {
  album = $state.raw<GetSharedAlbumResponse>();
  error = $state.raw<unknown>();
  readonly items: AlbumItems;
  /** Only those who may download have a reason to choose. */
  readonly selection: Selection | undefined;
  /** The first and last items on the screen. */
  view = { first: 0, last: 0 };
  readonly #queries: Client<typeof ShareQueries>;

  constructor(
    readonly visit: Visit,
    readonly share: OpenShareResponse,
  ) {
    this.#queries = createClient(ShareQueries, visit.transport);
    this.items = new AlbumItems(new SharedSource(this.#queries, share.accountId));
    this.selection = share.guestsMayDownload ? new Selection(this.items) : undefined;
  }

  get title(): string {
    return this.album?.title ?? '';
  }

  /** Asks for the album and for what is in it. Each address is signed for guests, so those that came stay. */
  async reload(): Promise<void> {
    const { first, last } = this.view;
    const onlyMoved = !this.isPreparing;
    await Promise.all([this.#loadAlbum(), this.items.load(first, last, { onlyMoved })]);
  }

  /** Asks for all addresses anew. */
  async renew(): Promise<void> {
    await this.items.renew(this.view.first, this.view.last);
  }

  /** Whether something on the screen is still being prepared. */
  get isPreparing(): boolean {
    for (let index = this.view.first; index <= this.view.last; index += 1) {
      if (this.items.media(index)?.renditions?.state === RenditionState.PROCESSING) return true;
    }
    return false;
  }

  async #loadAlbum(): Promise<void> {
    try {
      this.album = await this.#queries.getSharedAlbum({});
      this.error = undefined;
    } catch (error) {
      if (!this.visit.hasEnded(error)) this.error = error;
    }
  }
}
