import type { CDPSession, Page } from '@playwright/test';
import { stackUrl } from '../../tests/support/environment';
import type { Person } from '../../tests/support/person';
import { jumps, watchJumps } from './jumps';
import type { Visitor } from './visitor';

const ROUNDS = 5;
/** What the app loads by itself after its first picture has begun to come by then. */
const QUIET = 1500;
/** As many items as the app asks for at once. */
const PAGE_SIZE = 200;
/** The address of an item's picture. */
const PICTURE = /\/u\/[^/]+\/m\//;

/** What a browser that has never been here loads, and when it shows the first picture. */
export interface FirstLoad {
  /** Of all scripts, compressed as they travelled. */
  readonly scriptBytes: number;
  /** Of the same scripts, as they are read. */
  readonly scriptBytesUncompressed: number;
  /** How much of the window moved by itself while the page filled. */
  readonly jumps: number;
  /** Milliseconds, in turns: until the first picture is seen, and until a program without a browser has the same. */
  readonly rounds: readonly { readonly ours: number; readonly bare: number }[];
}

/** Opens the album with one new browser after the other. */
export async function measureFirstLoad(visitor: Visitor): Promise<FirstLoad> {
  const rounds = [];
  let loaded = new Loaded();
  let moved = 0;
  for (let round = 1; round <= ROUNDS; round += 1) {
    loaded = new Loaded();
    const measured = await visitor.visit(async ({ page, session, person }) => {
      await loaded.watch(session);
      await watchJumps(page);
      const ours = await untilFirstPicture(page, visitor.albumPath);
      await page.waitForTimeout(QUIET);
      moved = Math.max(moved, await jumps(page));
      return { ours, bare: await withoutBrowser(person, visitor, loaded) };
    });
    const { ours, bare } = measured;
    console.error(`web: the first picture after ${ours.toFixed(0)} ms, bare ${bare.toFixed(0)} ms`);
    rounds.push(measured);
  }
  return {
    scriptBytes: loaded.scriptBytes,
    scriptBytesUncompressed: loaded.scriptBytesUncompressed,
    jumps: moved,
    rounds,
  };
}

/** From the beginning of the navigation until the frame that shows the first picture of an item was made. */
async function untilFirstPicture(page: Page, path: string): Promise<number> {
  await page.addInitScript((picture) => {
    const seen = new Promise<number>((resolve) => {
      const look = async ({ target }: Event): Promise<void> => {
        if (!(target instanceof HTMLImageElement) || !new RegExp(picture).test(target.src)) return;
        await target.decode();
        // What is posted from a frame comes after that frame was painted.
        requestAnimationFrame(() => {
          const painted = new MessageChannel();
          painted.port1.onmessage = () => resolve(performance.now());
          painted.port2.postMessage(undefined);
        });
      };
      document.addEventListener('load', (event) => void look(event), { capture: true });
    });
    Object.assign(window, { firstPictureSeen: seen });
  }, PICTURE.source);
  await page.goto(path);
  return page.evaluate(() => (window as unknown as { firstPictureSeen: Promise<number> }).firstPictureSeen);
}

/** What a page loads over the network. */
class Loaded {
  scriptBytes = 0;
  scriptBytesUncompressed = 0;
  readonly scripts: string[] = [];
  firstPicture = '';
  readonly #scripts = new Set<string>();

  async watch(session: CDPSession): Promise<void> {
    session.on('Network.responseReceived', ({ requestId, response }) => {
      if (PICTURE.test(response.url)) this.firstPicture ||= response.url;
      // Scripts that are loaded ahead of their time are of no type of their own.
      if (response.mimeType !== 'text/javascript') return;
      this.#scripts.add(requestId);
      this.scripts.push(response.url);
    });
    session.on('Network.dataReceived', ({ requestId, dataLength, encodedDataLength }) => {
      if (!this.#scripts.has(requestId)) return;
      this.scriptBytes += encodedDataLength;
      this.scriptBytesUncompressed += dataLength;
    });
    await session.send('Network.enable');
  }
}

/** The same page, scripts, shape, first items and picture, one after the other, read and thrown away. */
async function withoutBrowser(
  person: Person,
  { albumId, albumPath }: Visitor,
  loaded: Loaded,
): Promise<number> {
  const start = performance.now();
  const read = async (url: string): Promise<void> => {
    const answer = await fetch(url, { headers: { 'accept-encoding': 'br' } });
    if (!answer.ok) throw new Error(`${url} is answered with ${answer.status}`);
    await answer.arrayBuffer();
  };
  await read(stackUrl() + albumPath);
  for (const script of loaded.scripts) await read(script);
  await person.queries.listMediaPages({ albumId, pageSize: PAGE_SIZE });
  await person.queries.listMedia({ albumId, pageSize: PAGE_SIZE });
  await read(loaded.firstPicture);
  return performance.now() - start;
}
