import { uploader } from '../../adding/uploader.svelte';
import { RenditionState } from '../../gen/picup/queries/v1/album_pb';
import { liveChanges } from '../../live/changes.svelte';
import type { OpenAlbum } from './open-album.svelte';

/** Changes come in crowds; the album is asked for again after this, and large ones less often. */
const GATHER = 700;
const PATIENCE = 4;
const ASK_EVERY = 3_000;
/** So many items on the screen are asked after at once. */
const MOST_AT_ONCE = 12;

/** Shows what changes in an album, here and elsewhere, while its page is open. */
export class FreshItems {
  readonly #stopListening: (() => void)[] = [];
  readonly #interval: number;
  #reloadTimer: number | undefined;
  #gather = GATHER;
  #stopped = false;

  constructor(readonly open: OpenAlbum) {
    const hear = (albumIds: readonly string[] | undefined) => {
      if (!albumIds || albumIds.includes(open.albumId)) this.#reloadSoon();
    };
    this.#stopListening.push(liveChanges.listen(hear));
    void uploader.load().then(() => this.#listenToUploads());
    this.#interval = window.setInterval(() => void this.#askAgain(), ASK_EVERY);
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#interval);
    clearTimeout(this.#reloadTimer);
    for (const stop of this.#stopListening) stop();
  }

  #listenToUploads(): void {
    const { engine } = uploader;
    if (!engine || this.#stopped) return;
    const hear = (albumId: string) => albumId === this.open.albumId && this.#reloadSoon();
    this.#stopListening.push(engine.onStored(hear));
  }

  #reloadSoon(): void {
    this.#reloadTimer ??= window.setTimeout(() => void this.#reload(), this.#gather);
  }

  async #reload(): Promise<void> {
    this.#reloadTimer = undefined;
    // In the middle of changing many, the answer would bring back what is going.
    if (this.open.changing > 0) return this.#reloadSoon();
    const start = performance.now();
    await this.open.reload();
    this.#gather = Math.max(GATHER, PATIENCE * (performance.now() - start));
  }

  /** While nobody tells what changes, asks after what is being prepared on the screen. */
  async #askAgain(): Promise<void> {
    if (document.hidden || liveChanges.connected) return;
    const { items, view } = this.open;
    const unprepared: string[] = [];
    for (let index = view.first; index <= view.last && unprepared.length < MOST_AT_ONCE; index += 1) {
      const media = items.media(index);
      if (media?.renditions?.state === RenditionState.PROCESSING) unprepared.push(media.mediaId);
    }
    // The next round asks again, whatever came of this one.
    await Promise.allSettled(unprepared.map((mediaId) => items.refresh(mediaId)));
  }
}
