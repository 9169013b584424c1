import type { Patch } from './entries';
import { type Action, allows, isStored, type UploadView } from './model';
import { group, type Group, type GroupName, groupOf, summarize, type Summary } from './summary';

/** Rows of a group at first, and more at a time. */
const ROWS = 20;

/** Hears of an item that has just been stored, or whose pictures have just been made. */
export type MediaListener = (albumId: string, mediaId: string) => void;

/** What of the queue is on the screen. */
class Uploads {
  summary = $state.raw<Summary>(summarize([], 0));
  groups = $state.raw<readonly Group[]>([]);
  /** While what was dropped is being looked at. */
  adding = $state(0);
  readonly storedListeners = new Set<MediaListener>();
  readonly processedListeners = new Set<MediaListener>();
  readonly #views = new Map<string, UploadView>();
  readonly #limits = new Map<GroupName, number>();
  #bytesPerSecond = 0;

  apply({ views, removed, bytesPerSecond }: Patch): void {
    for (const view of views) {
      const before = this.#views.get(view.id);
      this.#views.set(view.id, view);
      if (before) this.#tell(before, view);
    }
    for (const id of removed) this.#views.delete(id);
    this.#bytesPerSecond = bytesPerSecond;
    this.#show();
  }

  clear(): void {
    this.#views.clear();
    this.#limits.clear();
    this.#show();
  }

  showMore(name: GroupName): void {
    this.#limits.set(name, this.#limitOf(name) + ROWS);
    this.#show();
  }

  /** The files of a group, or all, for which an action makes sense. */
  idsFor(action: Action, name?: GroupName): string[] {
    const fits = (view: UploadView) => allows(view, action) && (!name || groupOf(view.stage) === name);
    return Array.from(this.#views.values())
      .filter(fits)
      .map(({ id }) => id);
  }

  #limitOf(name: GroupName): number {
    return this.#limits.get(name) ?? ROWS;
  }

  #show(): void {
    this.summary = summarize(this.#views.values(), this.#bytesPerSecond);
    this.groups = group(this.#views.values(), (name) => this.#limitOf(name));
  }

  #tell(before: UploadView, now: UploadView): void {
    const { album, mediaId } = now;
    if (!isStored(before.stage) && isStored(now.stage))
      this.storedListeners.forEach((hear) => hear(album.albumId, mediaId));
    if (before.stage !== 'done' && now.stage === 'done')
      this.processedListeners.forEach((hear) => hear(album.albumId, mediaId));
  }
}

/** The uploads of this tab's account. */
export const uploads = new Uploads();
