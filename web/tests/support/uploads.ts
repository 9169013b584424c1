import type { Locator, Page, Request } from '@playwright/test';

/** Drops files from outside onto the page, as the desktop does it. */
export async function drop(page: Page, files: readonly string[], onto?: Locator): Promise<void> {
  const box = (await onto?.boundingBox()) ?? { x: 300, y: 300, width: 2, height: 2 };
  const place = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  const data = { items: [], files: [...files], dragOperationsMask: 1 };
  const session = await page.context().newCDPSession(page);
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await session.send('Input.dispatchDragEvent', { type, ...place, data });
  }
  // The session is not detached: Chromium would forget with it that it is to play having no network.
}

/** What is being uploaded, and what of it needs a decision. */
export function panel(page: Page): Locator {
  return page.getByRole('region', { name: 'Uploads' });
}

/** Shows every file of the panel. */
export async function openPanel(page: Page): Promise<void> {
  await panel(page).getByTitle('Show uploads').click();
}

/** The file of this name in the panel. */
export function upload(page: Page, name: string): Locator {
  return panel(page).getByRole('listitem').filter({ hasText: name });
}

/** Has uploads take their time. The limit goes with the page; a reload keeps it until it is lifted. */
export async function slowUploads(page: Page, bytesPerSecond: number): Promise<() => Promise<void>> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  const limit = (uploadThroughput: number) =>
    session.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput,
    });
  await limit(bytesPerSecond);
  return async () => {
    await limit(-1);
  };
}

/** Which parts of files a page sends. */
export class SentParts {
  /** Those that were begun, in their order. */
  readonly begun: number[] = [];
  /** Those that S3 has confirmed. */
  readonly confirmed = new Set<number>();

  constructor(page: Page) {
    page.on('request', (request) => {
      const part = partOf(request);
      if (part !== undefined) this.begun.push(part);
    });
    page.on('response', (response) => {
      const part = partOf(response.request());
      if (part !== undefined && response.ok()) this.confirmed.add(part);
    });
  }
}

function partOf(request: Request): number | undefined {
  if (request.method() !== 'PUT') return undefined;
  const number = new URL(request.url()).searchParams.get('partNumber');
  return number === null ? undefined : Number(number);
}
