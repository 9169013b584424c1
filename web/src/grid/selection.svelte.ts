/** Follows how the ids of many items come. */
export interface Reading {
  /** Says that they are no longer wanted. */
  readonly signal: AbortSignal;
  /** Is told how many have come. */
  readonly progress: (count: number) => void;
}

/** Items in an order, of which each has an id. */
export interface OrderedItems {
  readonly shape: { readonly count: number } | undefined;
  idAt(index: number): string | undefined;
  idsBetween(first: number, last: number, reading: Reading): Promise<string[]>;
}

/** Which items of a list are chosen. By id, so that it stays right while items come and go. */
export class Selection {
  ids = $state.raw<ReadonlySet<string>>(new Set());
  /** Where a range begins: the item that was chosen last by itself. */
  #anchor = 0;
  /** How many ids have come while all are being chosen. */
  reading = $state<number>();
  /** Ranges may have to wait for ids; only the newest one counts. */
  #newestRange = new AbortController();

  constructor(readonly items: OrderedItems) {}

  get active(): boolean {
    return this.ids.size > 0;
  }

  toggle(index: number): void {
    const id = this.items.idAt(index);
    if (id === undefined) return;
    const ids = new Set(this.ids);
    if (!ids.delete(id)) ids.add(id);
    this.ids = ids;
    this.#anchor = index;
  }

  /** Chooses all from the item chosen last to this one. */
  async extendTo(index: number): Promise<void> {
    await this.#choose(this.ids, this.#anchor, index);
  }

  /** Begins to drag over items; what it answers is told each item that is reached. */
  startDrag(index: number): (reached: number) => Promise<void> {
    const before = this.ids;
    this.#anchor = index;
    return (reached) => this.#choose(before, index, reached);
  }

  async all(): Promise<void> {
    const last = (this.items.shape?.count ?? 0) - 1;
    await this.#choose(new Set(), 0, last, (count) => (this.reading = count));
  }

  clear(): void {
    this.#beginRange();
    this.ids = new Set();
  }

  async #choose(
    before: ReadonlySet<string>,
    from: number,
    to: number,
    progress: (count: number) => void = () => undefined,
  ): Promise<void> {
    const { signal } = this.#beginRange();
    try {
      const reading = { signal, progress };
      const between = await this.items.idsBetween(Math.min(from, to), Math.max(from, to), reading);
      if (!signal.aborted) this.ids = new Set([...before, ...between]);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      if (!signal.aborted) this.reading = undefined;
    }
  }

  /** What waits for ids still is given up. */
  #beginRange(): AbortController {
    this.#newestRange.abort();
    this.reading = undefined;
    this.#newestRange = new AbortController();
    return this.#newestRange;
  }
}
