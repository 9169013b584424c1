import { sleep } from '../api/retry';

/** A browser that gets links faster than this drops some of them. */
const BETWEEN_LINKS = 400;
/** So long a fetched file may still be needed after its link was followed. */
const KEPT_FOR = 60_000;

/** What is saved, and the name that it gets. */
export interface Download {
  readonly url: string;
  readonly fileName: string;
}

/** Saves files one after the other, each looked up when it is its turn; answers how many did not come. */
export async function saveFiles(
  ids: readonly string[],
  find: (id: string) => Promise<Download | undefined>,
): Promise<number> {
  let failed = 0;
  for (const [number, id] of ids.entries()) {
    if (number > 0) await sleep(BETWEEN_LINKS);
    try {
      const found = await find(id);
      if (found) await saveFile(found);
      else failed += 1;
    } catch {
      failed += 1;
    }
  }
  return failed;
}

/** Saves one file under its own name. */
export async function saveFile({ url, fileName }: Download): Promise<void> {
  if (new URL(url).origin === location.origin) return followDownload({ url, fileName });
  // A link to another origin would show the file in place of the app: it is fetched first.
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the file was answered with ${response.status}`);
  const fetched = URL.createObjectURL(await response.blob());
  followDownload({ url: fetched, fileName });
  setTimeout(() => URL.revokeObjectURL(fetched), KEPT_FOR);
}

/** Has the browser save what a link names, without fetching it first. */
export function followDownload({ url, fileName }: Download): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
}
