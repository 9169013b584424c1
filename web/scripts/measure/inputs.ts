import type { Page } from '@playwright/test';
import { allSeen, type Visitor } from './visitor';

/** Whatever a hand sets off is over by then. */
const SETTLED = 400;
/** Browsers tell of nothing that was answered faster. */
const FASTEST = 16;
/** As often as a key is pressed that people press again and again. */
const AGAIN = 5;
/** Choosing all items asks for the ids of all. */
const ALL_WITHIN = 120_000;

/** How long it took from a hand's movement until the page had shown that it was noticed. */
export interface Input {
  readonly what: string;
  readonly milliseconds: number;
}

/** Does what people do with an album, nothing of which changes it. */
export function measureInputs(visitor: Visitor): Promise<Input[]> {
  return visitor.visit(async ({ page }) => {
    await page.addInitScript(watchEvents, FASTEST);
    await visitor.openAlbum(page);
    const inputs = new Inputs(page);
    await inViewer(inputs, page);
    await inGrid(inputs, page);
    await choosing(inputs, page);
    return inputs.measured;
  });
}

async function inViewer(inputs: Inputs, page: Page): Promise<void> {
  const item = page.getByRole('option').nth(2);
  await inputs.measure('open an item', () => item.click());
  await page.getByRole('dialog').getByRole('img').first().waitFor();
  await inputs.pressAgain('next in the viewer', 'ArrowRight');
  await inputs.pressAgain('previous in the viewer', 'ArrowLeft');
  await inputs.press('close the viewer', 'Escape');
}

async function inGrid(inputs: Inputs, page: Page): Promise<void> {
  await inputs.pressAgain('next item', 'ArrowRight');
  await inputs.pressAgain('item below', 'ArrowDown');
  await inputs.pressAgain('a window further', 'PageDown');
  await inputs.press('last item', 'End');
  await inputs.press('first item', 'Home');
  await allSeen(page);
}

async function choosing(inputs: Inputs, page: Page): Promise<void> {
  const items = page.getByRole('option');
  await inputs.measure('choose an item', () => items.nth(1).click({ modifiers: ['Control'] }));
  await inputs.measure('choose up to an item', () => items.nth(8).click({ modifiers: ['Shift'] }));
  await inputs.press('choose nothing', 'Escape');
  await inputs.press('choose all', 'Control+a');
  await page.getByRole('toolbar', { name: /selected/ }).waitFor({ timeout: ALL_WITHIN });
  await inputs.measure('leave one out', () => items.nth(1).click());
  await inputs.press('choose nothing of all', 'Escape');
  await inputs.press('show all keys', 'Shift+?');
  await inputs.press('close the keys', 'Escape');
}

/** Collects what the browser tells of how long its events took. */
function watchEvents(durationThreshold: number): void {
  const durations: number[] = [];
  new PerformanceObserver((list) => {
    durations.push(...list.getEntries().map(({ duration }) => duration));
    // TypeScript does not know the threshold.
  }).observe({ type: 'event', durationThreshold, buffered: true } as PerformanceObserverInit);
  Object.assign(window, { takeDurations: () => durations.splice(0) });
}

/** Inputs by a real mouse and real keys, one after the other. */
class Inputs {
  readonly measured: Input[] = [];

  constructor(readonly page: Page) {}

  async measure(what: string, act: () => Promise<void>): Promise<void> {
    await this.#take();
    await act();
    await this.page.waitForTimeout(SETTLED);
    this.measured.push({ what, milliseconds: Math.max(FASTEST, ...(await this.#take())) });
  }

  press(what: string, key: string): Promise<void> {
    return this.measure(what, () => this.page.keyboard.press(key));
  }

  async pressAgain(what: string, key: string): Promise<void> {
    for (let time = 0; time < AGAIN; time += 1) await this.press(what, key);
  }

  #take(): Promise<number[]> {
    return this.page.evaluate(() => (window as unknown as { takeDurations: () => number[] }).takeDurations());
  }
}
