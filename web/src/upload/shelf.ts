import type { PickedFile } from './picked-files';
import { hasRoomFor, type Kept, type QueueStore } from './queue-store';

/** Files that are copied in one transaction, at most. */
const FILES_AT_ONCE = 32;
const BYTES_AT_ONCE = 64 * 1024 * 1024;

/** What browsers that know the File System API add to a handle. */
interface AskableHandle extends FileSystemFileHandle {
  queryPermission?(): Promise<PermissionState>;
  requestPermission?(): Promise<PermissionState>;
}

interface ToKeep {
  readonly id: string;
  readonly picked: PickedFile;
}

/** The bytes of the queued files: those of this tab's life, and the copies that outlast it. */
export class Shelf {
  readonly #store: QueueStore;
  /** A `File` is no more than a name and a place: thousands of them cost nothing. */
  readonly #atHand = new Map<string, File>();
  readonly #toKeep: ToKeep[] = [];
  #keeping: Promise<void> | undefined;

  constructor(store: QueueStore) {
    this.#store = store;
  }

  /** Takes a file that lives as long as this tab. */
  take(id: string, file: File): void {
    this.#atHand.set(id, file);
  }

  /** Takes a file and copies it in the background, so that it outlasts the tab. */
  keep(id: string, picked: PickedFile): void {
    this.take(id, picked.file);
    this.#toKeep.push({ id, picked });
    this.#keeping ??= this.#keepAll().finally(() => (this.#keeping = undefined));
  }

  /** A file's bytes, without reading them; undefined where they must be chosen again. */
  async file(id: string): Promise<Blob | undefined> {
    const atHand = this.#atHand.get(id);
    if (atHand && (await isReadable(atHand))) return atHand;
    const kept = await this.#store.kept(id);
    if (!kept || kept instanceof Blob) return kept;
    const isGranted = (await (kept as AskableHandle).queryPermission?.()) === 'granted';
    return isGranted ? opened(kept) : undefined;
  }

  /** Asks the person for a file whose place is known. Only while a click is being handled. */
  async reopen(id: string): Promise<File | undefined> {
    const kept = await this.#store.kept(id);
    if (!kept || kept instanceof Blob) return undefined;
    const isGranted = (await (kept as AskableHandle).requestPermission?.()) === 'granted';
    return isGranted ? opened(kept) : undefined;
  }

  /** Lets go what has been brought up or is not wanted any more. */
  async letGo(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.#atHand.delete(id);
    await this.#store.letGo(ids);
  }

  async #keepAll(): Promise<void> {
    while (this.#toKeep.length > 0) {
      const batch = this.#nextBatch();
      const copies = await Promise.all(batch.map((one) => this.#copyOf(one)));
      const kept = copies.filter((copy) => copy !== undefined);
      // One that cannot be read must not take the others along. What is not kept lives as long as its tab; after
      // that the person is asked for it.
      const oneByOne = () => Promise.allSettled(kept.map((copy) => this.#store.keep([copy])));
      await this.#store.keep(kept).catch(oneByOne);
      // What was let go meanwhile is not to come back.
      const late = kept.map(([id]) => id).filter((id) => !this.#atHand.has(id));
      if (late.length > 0) await this.#store.letGo(late);
    }
  }

  #nextBatch(): ToKeep[] {
    let bytes = 0;
    const fits = ({ picked }: ToKeep) => (bytes += picked.file.size) <= BYTES_AT_ONCE;
    const upTo = this.#toKeep.slice(0, FILES_AT_ONCE).findIndex((one) => !fits(one));
    return this.#toKeep.splice(0, Math.max(1, upTo < 0 ? FILES_AT_ONCE : upTo));
  }

  async #copyOf({ id, picked }: ToKeep): Promise<[string, Kept] | undefined> {
    if (!this.#atHand.has(id)) return undefined;
    if (await hasRoomFor(picked.file.size)) return [id, picked.file];
    return picked.handle && [id, picked.handle];
  }
}

/** A file that has been changed, moved or deleted since it was chosen cannot be read, however it looks. */
async function isReadable(file: File): Promise<boolean> {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

async function opened(handle: FileSystemFileHandle): Promise<File | undefined> {
  return handle.getFile().catch(() => undefined);
}
