import { albumList } from '../../albums/album-list.svelte';
import { type BulkOutcome, forEachItem } from '../../albums/bulk';
import { clients } from '../../api/clients';
import type { Album } from '../../gen/picup/queries/v1/album_pb';
import { Selection } from '../../grid/selection.svelte';
import { OwnItems } from './own-items';

/** The album on the screen: itself, its items, and which of them are chosen and seen. */
export class OpenAlbum {
  album = $state.raw<Album>();
  error = $state.raw<unknown>();
  readonly items: OwnItems;
  readonly selection: Selection;
  /** The first and last items on the screen. */
  view = { first: 0, last: 0 };

  /** How many changes of many items are under way. */
  changing = 0;

  constructor(readonly albumId: string) {
    this.items = new OwnItems(albumId);
    this.selection = new Selection(this.items);
  }

  get title(): string {
    return this.album?.title ?? '';
  }

  /** Asks for the album itself. */
  async loadAlbum(): Promise<void> {
    try {
      this.album = (await clients.albumQueries.getAlbum({ albumId: this.albumId })).album;
      this.error = undefined;
    } catch (error) {
      this.error = error;
    }
  }

  /** Asks for the album and for what is in it, its beginning first. */
  async start(): Promise<void> {
    await Promise.all([this.loadAlbum(), this.items.open()]);
  }

  /** Asks for the album and for what is in it. */
  async reload(): Promise<void> {
    await Promise.all([this.loadAlbum(), this.items.load(this.view.first, this.view.last)]);
  }

  async rename(title: string): Promise<void> {
    if (!this.album) return;
    await albumList.rename(this.album, title);
    this.album = { ...this.album, title };
  }

  /** Does the same to many items, a few at a time. */
  async change(ids: readonly string[], act: (mediaId: string) => Promise<unknown>): Promise<BulkOutcome> {
    this.changing += 1;
    try {
      return await forEachItem(ids, act);
    } finally {
      this.changing -= 1;
    }
  }

  /** Chooses all items, also those that are not known yet. */
  async chooseAll(): Promise<void> {
    await this.items.whole();
    await this.selection.all();
  }

  /** The ids of the chosen items, which are no longer chosen then. */
  takeSelection(): string[] {
    const ids = Array.from(this.selection.ids);
    this.selection.clear();
    return ids;
  }
}
