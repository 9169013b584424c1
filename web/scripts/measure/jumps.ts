import type { Page } from '@playwright/test';

interface LayoutShift extends PerformanceEntry {
  readonly value: number;
  readonly hadRecentInput: boolean;
}

/** Has a page count how much of it moves by itself, from its next navigation on. */
export async function watchJumps(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const moved = { sum: 0 };
    new PerformanceObserver((list) => {
      for (const shift of list.getEntries() as LayoutShift[]) {
        if (!shift.hadRecentInput) moved.sum += shift.value;
      }
    }).observe({ type: 'layout-shift', buffered: true });
    Object.assign(window, { moved });
  });
}

/** How much of the window has moved by itself, times how far: what browsers call the cumulative layout shift. */
export function jumps(page: Page): Promise<number> {
  return page.evaluate(() => (window as unknown as { moved: { sum: number } }).moved.sum);
}
