import { newCommandId } from '../api/command-id';
import { Allowance, examine, recordOf } from './admission';
import { Entries, type Patch, viewOf } from './entries';
import { takeTurns } from './leadership';
import { type Action, type Album, allows, isOpen, type UploadRecord, type UploadView } from './model';
import type { PickedFile } from './picked-files';
import { QueueStore } from './queue-store';
import { Runner } from './runner';
import { Shelf } from './shelf';
import type { Tools } from './upload-file';

/** How often the panel is told what has changed, in milliseconds. */
const TELL_EVERY = 250;
/** Files that are looked at, and written down, together. */
const BATCH = 50;

/** What the tab that does the uploading is asked. Heard twice, it does no harm. */
type Order =
  | {
      readonly kind: 'added';
      readonly records: readonly UploadRecord[];
      readonly files: readonly (readonly [id: string, file: File])[];
    }
  | { readonly kind: 'reattached'; readonly id: string; readonly file: File }
  | { readonly kind: 'perform'; readonly action: Action; readonly ids: readonly string[] };

/** What tabs of one account tell each other. */
type Message =
  | { readonly kind: 'order'; readonly number: string; readonly order: Order }
  | { readonly kind: 'heard'; readonly number: string }
  | { readonly kind: 'leading' }
  | { readonly kind: 'changed'; readonly patch: Patch };

/** What the queue tells its tab. */
export interface QueueListener {
  changed(patch: Patch): void;
}

/**
 * The files of one account, the same in all its tabs. One of them does the uploading; the others show what it does
 * and tell it what is asked of them.
 */
export class UploadQueue {
  readonly #account: string;
  readonly #store: QueueStore;
  readonly #shelf: Shelf;
  readonly #tools: Tools;
  readonly #listener: QueueListener;
  readonly #views = new Map<string, UploadView>();
  readonly #channel: BroadcastChannel;
  readonly #closing = new AbortController();
  /** Orders that nobody has heard yet, for example because the tab that did the uploading has just been closed. */
  readonly #unheard = new Map<string, Order>();
  /** Only in the tab that does the uploading. */
  #runner: Runner | undefined;
  #entries: Entries | undefined;
  #lastOrder = 0;

  private constructor(account: string, store: QueueStore, tools: Tools, listener: QueueListener) {
    this.#account = account;
    this.#store = store;
    this.#shelf = new Shelf(store);
    this.#tools = tools;
    this.#listener = listener;
    this.#channel = new BroadcastChannel(`picup-uploads:${account}`);
    this.#channel.onmessage = (event: MessageEvent<Message>) => void this.#hear(event.data);
  }

  static async open(account: string, tools: Tools, listener: QueueListener): Promise<UploadQueue> {
    const store = await QueueStore.open();
    const queue = new UploadQueue(account, store, tools, listener);
    const records = (await store.load(account)).filter(({ stage }) => stage !== 'cancelling');
    queue.#show({ views: records.map((record) => viewOf(record)), removed: [], bytesPerSecond: 0 });
    void takeTurns(account, store, (signal) => queue.#lead(signal), queue.#closing.signal);
    return queue;
  }

  /** Stops in this tab. Nothing is lost: another tab, or the next start, goes on. */
  close(): void {
    this.#closing.abort();
    this.#channel.close();
  }

  /** Puts files into the queue. Those that cannot be brought up are refused right there, with the reason. */
  async add(picked: readonly PickedFile[], album: Album): Promise<void> {
    const allowance = new Allowance(await this.#freeBytes());
    const fresh = this.#reattachAll(picked, album);
    for (let at = 0; at < fresh.length; at += BATCH) {
      const batch = fresh.slice(at, at + BATCH);
      const examined = await Promise.all(batch.map(({ file }) => examine(file)));
      const records = examined.map((one) =>
        recordOf(one, this.#account, album, this.#nextOrder(), allowance),
      );
      await this.#store.put(records);
      const files: [string, File][] = [];
      for (const [index, record] of records.entries()) {
        const one = batch[index];
        const isWanted = record.stage !== 'refused' || allows(record, 'retry');
        if (!one || !isWanted) continue;
        // What does not fit is not copied, but is at hand should there be room later.
        if (record.stage === 'refused') this.#shelf.take(record.id, one.file);
        else this.#shelf.keep(record.id, one);
        files.push([record.id, one.file]);
      }
      await this.#tellLeader({ kind: 'added', records, files });
    }
  }

  perform(action: Action, ids: readonly string[]): Promise<void> {
    return this.#tellLeader({ kind: 'perform', action, ids });
  }

  /** Goes on with files that were chosen again; answers how many of them are the right ones. */
  reattach(files: readonly File[]): number {
    return files.length - this.#reattachAll(files.map((file) => ({ file }))).length;
  }

  /** Goes on with a file whose place is known, if the person agrees. Only while a click is being handled. */
  async reopen(id: string): Promise<boolean> {
    const file = await this.#shelf.reopen(id);
    if (file) await this.#reattachOne(id, { file });
    return file !== undefined;
  }

  /** Takes what the queue waits for out of what was chosen; answers the rest. */
  #reattachAll(picked: readonly PickedFile[], album?: Album): PickedFile[] {
    const awaited = Array.from(this.#views.values()).filter(
      (view) => view.stage === 'needs-file' && (!album || view.album.albumId === album.albumId),
    );
    return picked.filter((one) => {
      const at = awaited.findIndex(({ name, bytes }) => name === one.file.name && bytes === one.file.size);
      const found = at < 0 ? undefined : awaited.splice(at, 1)[0];
      if (found) void this.#reattachOne(found.id, one);
      return !found;
    });
  }

  async #reattachOne(id: string, picked: PickedFile): Promise<void> {
    this.#shelf.keep(id, picked);
    await this.#tellLeader({ kind: 'reattached', id, file: picked.file });
  }

  /** What the quota leaves free, less what is promised to files that have not been announced yet. */
  async #freeBytes(): Promise<number> {
    try {
      const free = await this.#tools.backend.freeBytes();
      const waiting = Array.from(this.#views.values()).filter(
        ({ stage, mediaId }) => isOpen(stage) && mediaId === '',
      );
      return waiting.reduce((left, { bytes }) => left - bytes, free);
    } catch {
      return Infinity;
    }
  }

  /** Later than all before, also than those of another tab. */
  #nextOrder(): number {
    this.#lastOrder = Math.max(this.#lastOrder + 1, Date.now() * 1000);
    return this.#lastOrder;
  }

  async #lead(signal: AbortSignal): Promise<void> {
    const entries = new Entries(this.#store);
    entries.take(await this.#store.load(this.#account));
    if (signal.aborted) return;
    const runner = new Runner(entries, this.#shelf, this.#tools);
    [this.#entries, this.#runner] = [entries, runner];
    const timer = setInterval(() => this.#tellChanges(), TELL_EVERY);
    addEventListener('online', () => void runner.comeBack(), { signal });
    signal.addEventListener('abort', () => {
      clearInterval(timer);
      runner.stop();
      this.#runner = this.#entries = undefined;
    });
    this.#post({ kind: 'leading' });
    const missed = Array.from(this.#unheard.values());
    this.#unheard.clear();
    for (const order of missed) await this.#carryOut(order);
    await runner.start();
    await this.#store.tidy();
  }

  #tellChanges(): void {
    const patch = this.#entries?.drain(performance.now());
    if (!patch) return;
    this.#show(patch);
    this.#post({ kind: 'changed', patch });
  }

  #show(patch: Patch): void {
    for (const view of patch.views) this.#views.set(view.id, view);
    for (const id of patch.removed) this.#views.delete(id);
    this.#listener.changed(patch);
  }

  /** Has the tab that does the uploading do something: this one, or the one that hears it. */
  async #tellLeader(order: Order): Promise<void> {
    if (this.#runner) return this.#carryOut(order);
    const number = newCommandId();
    this.#unheard.set(number, order);
    this.#post({ kind: 'order', number, order });
  }

  #post(message: Message): void {
    if (!this.#closing.signal.aborted) this.#channel.postMessage(message);
  }

  async #hear(message: Message): Promise<void> {
    switch (message.kind) {
      case 'changed':
        return this.#show(message.patch);
      case 'heard':
        return void this.#unheard.delete(message.number);
      case 'leading':
        return this.#unheard.forEach((order, number) => this.#post({ kind: 'order', number, order }));
      case 'order':
        if (!this.#runner) return;
        this.#post({ kind: 'heard', number: message.number });
        return this.#carryOut(message.order);
    }
  }

  async #carryOut(order: Order): Promise<void> {
    const [runner, entries] = [this.#runner, this.#entries];
    if (!runner || !entries) return;
    switch (order.kind) {
      case 'added':
        for (const [id, file] of order.files) this.#shelf.take(id, file);
        entries.take(order.records);
        // Many batches may follow one another; the panel is told in its time.
        return runner.pump();
      case 'reattached':
        this.#shelf.take(order.id, order.file);
        await runner.reattached(order.id);
        break;
      case 'perform':
        await runner.perform(order.action, order.ids);
        break;
    }
    this.#tellChanges();
  }
}
