import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { UploadRecord } from './model';

const NAME = 'picup-uploads';
const VERSION = 1;
/** How much of what the browser grants may be filled with files that wait. */
const SHARE = 0.8;

/** The bytes of a queued file: a copy, or where the file lies, as far as the browser tells. */
export type Kept = Blob | FileSystemFileHandle;

/** Says which tab does the uploading, where the browser has no locks. */
export interface Lease {
  readonly account: string;
  readonly tab: string;
  readonly endsAt: number;
}

interface Schema extends DBSchema {
  items: { key: string; value: UploadRecord; indexes: { account: string } };
  files: { key: string; value: Kept };
  leases: { key: string; value: Lease };
}

/** The queue as it survives a reload, a crash of the browser and a loss of power. */
export class QueueStore {
  readonly #database: IDBPDatabase<Schema>;

  private constructor(database: IDBPDatabase<Schema>) {
    this.#database = database;
  }

  static async open(): Promise<QueueStore> {
    const database = await openDB<Schema>(NAME, VERSION, {
      upgrade(created) {
        created.createObjectStore('items', { keyPath: 'id' }).createIndex('account', 'account');
        created.createObjectStore('files');
        created.createObjectStore('leases', { keyPath: 'account' });
      },
      // A newer version of the app waits for this: its tab goes first.
      blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
    });
    return new QueueStore(database);
  }

  /** An account's files in the order in which they came. */
  async load(account: string): Promise<UploadRecord[]> {
    const records = await this.#database.getAllFromIndex('items', 'account', account);
    return records.sort((one, other) => one.order - other.order);
  }

  /** Writes; what it resolves on is on disk. */
  async put(records: readonly UploadRecord[]): Promise<void> {
    const transaction = this.#database.transaction('items', 'readwrite', { durability: 'strict' });
    await Promise.all([...records.map((record) => transaction.store.put(record)), transaction.done]);
  }

  /** Forgets files and what was kept of them. */
  async remove(ids: readonly string[]): Promise<void> {
    const transaction = this.#database.transaction(['items', 'files'], 'readwrite', { durability: 'strict' });
    const items = transaction.objectStore('items');
    const files = transaction.objectStore('files');
    await Promise.all([...ids.flatMap((id) => [items.delete(id), files.delete(id)]), transaction.done]);
  }

  /** Keeps the bytes of files, or where they lie. */
  async keep(kept: readonly (readonly [id: string, kept: Kept])[]): Promise<void> {
    const transaction = this.#database.transaction('files', 'readwrite', { durability: 'strict' });
    await Promise.all([...kept.map(([id, file]) => transaction.store.put(file, id)), transaction.done]);
  }

  /** Forgets all of an account's files. */
  async forget(account: string): Promise<void> {
    await this.remove(await this.#database.getAllKeysFromIndex('items', 'account', account));
  }

  kept(id: string): Promise<Kept | undefined> {
    return this.#database.get('files', id);
  }

  /** Lets go what no file of the queue, whosever it is, stands for any more. */
  async tidy(): Promise<void> {
    const transaction = this.#database.transaction(['items', 'files'], 'readwrite');
    const files = transaction.objectStore('files');
    const items = new Set(await transaction.objectStore('items').getAllKeys());
    const orphans = (await files.getAllKeys()).filter((id) => !items.has(id));
    await Promise.all([...orphans.map((id) => files.delete(id)), transaction.done]);
  }

  async letGo(ids: readonly string[]): Promise<void> {
    const transaction = this.#database.transaction('files', 'readwrite');
    await Promise.all([...ids.map((id) => transaction.store.delete(id)), transaction.done]);
  }

  /** Takes or renews the lease, unless another tab holds it. */
  async lease(account: string, tab: string, now: number, milliseconds: number): Promise<boolean> {
    const transaction = this.#database.transaction('leases', 'readwrite');
    const held = await transaction.store.get(account);
    const isFree = !held || held.tab === tab || held.endsAt < now;
    if (isFree) await transaction.store.put({ account, tab, endsAt: now + milliseconds });
    await transaction.done;
    return isFree;
  }
}

/** Forgets a queue for good. */
export async function forgetQueue(key: string): Promise<void> {
  await (await QueueStore.open()).forget(key);
}

/** Whether the browser has room to keep a copy of so many bytes. */
export async function hasRoomFor(bytes: number): Promise<boolean> {
  // Plain http has no estimate; there, trying tells.
  if (!('storage' in navigator)) return true;
  const { usage = 0, quota = 0 } = await navigator.storage.estimate();
  return usage + bytes <= quota * SHARE;
}
