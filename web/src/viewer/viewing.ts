import { t } from '../i18n/index.svelte';
import { toast, toastError } from '../notices/toasts.svelte';
import type { Viewer, ViewerHost } from './viewer';

/** Keeps the viewer in step with the page's address: it is open while the address names an item. */
export class Viewing {
  #viewer: Viewer | undefined;
  #wanted: string | undefined;

  constructor(
    readonly host: ViewerHost,
    /** The address names an item that is not in the album. */
    readonly missing: () => void,
  ) {}

  /** Shows this item, or nothing any more. */
  async show(mediaId: string | undefined): Promise<void> {
    this.#wanted = mediaId;
    if (mediaId === undefined) return this.#close();
    if (this.#viewer?.mediaId === mediaId) return;
    try {
      const [{ Viewer }, index] = await Promise.all([import('./viewer'), this.host.items.seek(mediaId)]);
      if (this.#wanted !== mediaId) return;
      if (index === undefined) return this.#notThere();
      if (this.#viewer) this.#viewer.goTo(index);
      else this.#viewer = new Viewer({ ...this.host, closed: (at) => this.#closed(at) }, index);
    } catch (error) {
      toastError(error);
      this.missing();
    }
  }

  /** The album has changed. */
  itemsChanged(): void {
    this.#viewer?.itemsChanged();
  }

  #notThere(): void {
    toast({ text: t('errors.notFound'), kind: 'error' });
    this.missing();
  }

  #close(): void {
    this.#viewer?.close();
    this.#viewer = undefined;
  }

  #closed(index: number): void {
    this.#viewer = undefined;
    this.#wanted = undefined;
    this.host.closed(index);
  }
}
