import type { Backend } from './backend';
import { Hasher } from './hasher';
import type { Action, Album } from './model';
import { patientPace } from './pace';
import { pickedFiles } from './picked-files';
import { Places } from './places';
import { putByRequest } from './put';
import { UploadQueue } from './queue';
import type { Tools } from './upload-file';
import { type MediaListener, uploads } from './uploads.svelte';

/** PUTs under way at once, of all files together. */
const PUTS_AT_ONCE = 4;

/** Whose files are brought up. The queues of an account and of a guest's link in one browser are kept apart. */
export interface QueueOwner {
  /** Tells this queue from all others of the browser. */
  readonly key: string;
  readonly backend: Backend;
}

let owner: QueueOwner | undefined;
let current: { readonly key: string; readonly queue: Promise<UploadQueue> } | undefined;

/** Says whose queue is meant from now on. */
export function useQueueOf(whose: QueueOwner): void {
  owner = whose;
}

/**
 * Puts files into the queue of an album; folders of a DataTransfer are walked. Call it while the event that brought
 * the DataTransfer is being handled: afterwards it is empty.
 */
export async function addFiles(files: readonly File[] | DataTransfer, album: Album): Promise<void> {
  const picking = pickedFiles(files);
  uploads.adding += 1;
  try {
    await (await ownersQueue()).add(await picking, album);
  } finally {
    uploads.adding -= 1;
  }
}

/** Shows the queue and goes on with it, here or in the tab whose turn it is. */
export async function resumeAll(): Promise<void> {
  await ownersQueue();
}

/** Stops in this tab, for example because somebody signs out. The queue stays for the next time. */
export function leaveQueue(): void {
  // One that could not be opened needs no closing.
  current?.queue.then(
    (queue) => queue.close(),
    () => undefined,
  );
  current = undefined;
  uploads.clear();
}

/** Does what a person asks, for those of the files for which it makes sense. */
export async function perform(action: Action, ids: readonly string[]): Promise<void> {
  await (await ownersQueue()).perform(action, ids);
}

/** Goes on with files that were chosen again; answers how many of them are awaited. */
export async function reattach(files: readonly File[]): Promise<number> {
  return (await ownersQueue()).reattach(files);
}

/** Goes on with a file whose place the browser knows, if the person agrees; answers whether it does. */
export async function reopen(id: string): Promise<boolean> {
  return (await ownersQueue()).reopen(id);
}

/** Has somebody told of each item as soon as it is in its album; answers how to stop that. */
export function onStored(listener: MediaListener): () => void {
  uploads.storedListeners.add(listener);
  return () => uploads.storedListeners.delete(listener);
}

/** Has somebody told of each item whose pictures are made, or cannot be; answers how to stop that. */
export function onProcessed(listener: MediaListener): () => void {
  uploads.processedListeners.add(listener);
  return () => uploads.processedListeners.delete(listener);
}

function ownersQueue(): Promise<UploadQueue> {
  if (!owner) throw new Error('nobody has said whose queue is meant');
  const { key, backend } = owner;
  if (current?.key === key) return current.queue;
  leaveQueue();
  const opening = UploadQueue.open(key, toolsWith(backend), { changed: (patch) => uploads.apply(patch) });
  current = { key, queue: opening };
  // Without its store there is no queue; whoever asks the next time tries again.
  opening.catch(() => {
    if (current?.queue === opening) current = undefined;
  });
  return opening;
}

function toolsWith(backend: Backend): Tools {
  return {
    backend,
    hash: new Hasher().hash,
    put: putByRequest,
    pace: patientPace,
    places: new Places(PUTS_AT_ONCE),
  };
}
