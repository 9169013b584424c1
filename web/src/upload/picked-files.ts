/** A file that somebody chose or dropped. */
export interface PickedFile {
  readonly file: File;
  /** Where it lies, as far as the browser tells. */
  readonly handle?: FileSystemFileHandle | undefined;
}

/** What browsers that know the File System API add to what is dropped. */
interface DroppedItem extends DataTransferItem {
  getAsFileSystemHandle?(): Promise<FileSystemHandle | null>;
}

/** All files of what was chosen or dropped, those in folders too; hidden ones are left aside. */
export async function pickedFiles(source: readonly File[] | DataTransfer): Promise<PickedFile[]> {
  if (!('items' in source)) return source.filter(isVisibleFile).map((file) => ({ file }));
  // A DataTransfer is empty as soon as its event is over: everything is asked for before the first wait.
  const dropped = Array.from(source.items, openItem).filter((opening) => opening !== undefined);
  return (await Promise.all(dropped)).flat();
}

function openItem(item: DroppedItem): Promise<PickedFile[]> | undefined {
  if (item.kind !== 'file') return undefined;
  const entry = item.webkitGetAsEntry();
  if (entry?.isDirectory) return walk(entry as FileSystemDirectoryEntry);
  const file = item.getAsFile();
  return file ? withHandle(file, item.getAsFileSystemHandle?.()) : undefined;
}

/** What is dropped by itself is kept with its place: it is the long videos for which there may be no room. */
async function withHandle(
  file: File,
  opening: Promise<FileSystemHandle | null> | undefined,
): Promise<PickedFile[]> {
  const handle = await opening?.catch(() => null);
  return [{ file, handle: handle?.kind === 'file' ? (handle as FileSystemFileHandle) : undefined }];
}

async function walk(folder: FileSystemDirectoryEntry): Promise<PickedFile[]> {
  const found: PickedFile[] = [];
  for (const entry of await entriesOf(folder)) {
    if (!isVisible(entry)) continue;
    if (entry.isDirectory) found.push(...(await walk(entry as FileSystemDirectoryEntry)));
    else found.push({ file: await fileOf(entry as FileSystemFileEntry) });
  }
  return found;
}

/** A reader gives a folder in pieces; an empty piece is the end. */
async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const entries: FileSystemEntry[] = [];
  for (;;) {
    const piece = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (piece.length === 0) return entries.sort((one, other) => one.name.localeCompare(other.name));
    entries.push(...piece);
  }
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

function isVisible({ name }: { readonly name: string }): boolean {
  return !name.startsWith('.');
}

/** What was chosen with its folder knows the folders on the way to it. */
function isVisibleFile(file: File): boolean {
  const path = file.webkitRelativePath || file.name;
  return path.split('/').every((name) => isVisible({ name }));
}
