import type { CDPSession, Page } from '@playwright/test';
import { jumps, watchJumps } from './jumps';
import { type Memory, usedMemory } from './memory';
import {
  CATEGORIES,
  countFrames,
  type Frames,
  longTasks,
  pageProcess,
  type Task,
  type TraceEvent,
} from './trace';
import { allSeen, type Visit, type Visitor } from './visitor';

/** Pixels a second of somebody who looks at the pictures, and for how many seconds. */
const STROLL = 1500;
const STROLLING = 10;
/** Seconds from one end of an album to the middle, however long it is, and from there to the other end. */
const HALF_WAY = 30;
/** Seconds for dragging the scrubber from one end to the other, and how often in a second it is moved. */
const DRAGGING = 10;
const MOVES = 60;
/** Where the wheel is turned. */
const OVER_THE_GRID = { x: 600, y: 400 };

/** What a way of scrolling cost. */
export interface Scrolled {
  readonly seconds: number;
  readonly frames: Frames;
  readonly longTasks: readonly Task[];
}

/** What scrolling through a whole album cost, and what the page had in memory on the way. */
export interface Scrolling {
  readonly stroll: Scrolled;
  readonly wheel: Scrolled;
  readonly scrubber: Scrolled;
  /** How much of the window moved by itself. */
  readonly jumps: number;
  readonly memory: { readonly top: Memory; readonly middle: Memory; readonly end: Memory };
}

/** Scrolls from one end of the album to the other in different ways. */
export async function measureScrolling(visitor: Visitor): Promise<Scrolling> {
  return { ...(await looking(visitor)), ...(await passing(visitor)) };
}

/** As somebody scrolls who looks at the pictures, or for one of them. */
function looking(visitor: Visitor): Promise<Pick<Scrolling, 'stroll' | 'scrubber' | 'jumps'>> {
  return visitor.visit(async (visit) => {
    const { page, session } = visit;
    await watchJumps(page);
    await visitor.openAlbum(page);
    const stroll = await traced(visit, () => wheel(session, STROLL * STROLLING, STROLLING));
    await toTop(page);
    const scrubber = await traced(visit, () => dragScrubber(page));
    await atEnd(page);
    return { stroll, scrubber, jumps: await jumps(page) };
  });
}

/** As somebody scrolls who wants to get to the end. Nothing else has a hold on what the page lets go of. */
function passing(visitor: Visitor): Promise<Pick<Scrolling, 'wheel' | 'memory'>> {
  return visitor.visit(async (visit) => {
    const { page, session } = visit;
    await visitor.openAlbum(page);
    const { process } = await traced(visit, () => wheel(session, STROLL, 1));
    await toTop(page);
    const top = await usedMemory(session, process);

    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    const toMiddle = await traced(visit, () => wheel(session, height / 2, HALF_WAY));
    await allSeen(page);
    const middle = await usedMemory(session, process);

    const left = height - (await page.evaluate(() => scrollY));
    const toEnd = await traced(visit, () => wheel(session, left, HALF_WAY));
    await atEnd(page);
    const end = await usedMemory(session, process);
    return { wheel: together(toMiddle, toEnd), memory: { top, middle, end } };
  });
}

/** Does something, and reads in the browser's own trace what it cost. */
async function traced(
  { page, context }: Visit,
  act: () => Promise<void>,
): Promise<Scrolled & { process: number }> {
  const browser = context.browser();
  if (!browser) throw new Error('the browser is gone');
  await browser.startTracing(page, { categories: CATEGORIES });
  const start = performance.now();
  await act();
  const seconds = (performance.now() - start) / 1000;
  const { traceEvents }: { traceEvents: TraceEvent[] } = JSON.parse((await browser.stopTracing()).toString());
  return {
    seconds,
    frames: countFrames(traceEvents),
    longTasks: longTasks(traceEvents),
    process: pageProcess(traceEvents),
  };
}

function together(first: Scrolled, second: Scrolled): Scrolled {
  return {
    seconds: first.seconds + second.seconds,
    frames: {
      whole: first.frames.whole + second.frames.whole,
      partly: first.frames.partly + second.frames.partly,
      dropped: first.frames.dropped + second.frames.dropped,
    },
    longTasks: [...first.longTasks, ...second.longTasks],
  };
}

/** Turns a mouse's wheel so that the page moves down by so many pixels. */
async function wheel(session: CDPSession, pixels: number, seconds: number): Promise<void> {
  await session.send('Input.synthesizeScrollGesture', {
    ...OVER_THE_GRID,
    yDistance: -pixels,
    speed: Math.round(pixels / seconds),
    gestureSourceType: 'mouse',
    preventFling: true,
  });
}

/** Drags the scrubber from its top to its bottom. */
async function dragScrubber(page: Page): Promise<void> {
  const box = await page.getByRole('slider').boundingBox();
  if (!box) throw new Error('the album has no scrubber');
  const x = box.x + box.width / 2;
  const start = performance.now();
  await page.mouse.move(x, box.y);
  await page.mouse.down();
  for (let done = 0; done < 1;) {
    await page.waitForTimeout(1000 / MOVES);
    done = Math.min((performance.now() - start) / 1000 / DRAGGING, 1);
    await page.mouse.move(x, box.y + done * box.height);
  }
  await page.mouse.up();
}

async function toTop(page: Page): Promise<void> {
  await page.evaluate(() => scrollTo({ top: 0, behavior: 'instant' }));
  await allSeen(page);
}

/** Sees to it that the last item of the album is on the screen, with its picture. */
async function atEnd(page: Page): Promise<void> {
  await allSeen(page);
  const count = await page.getByRole('option').first().getAttribute('aria-setsize');
  const last = page.locator(`[aria-posinset="${count}"]`);
  const box = (await last.isVisible()) ? await last.boundingBox() : null;
  if (!box || box.y > (page.viewportSize()?.height ?? 0))
    throw new Error('the end of the album was not reached');
}
