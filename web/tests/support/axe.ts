import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect } from './test';

const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** Looks before what is found counts: colours are on their way for a frame or two after a page has come. */
const LOOKS = 3;

/** What axe finds on the page and goes on to find, in words that help to find it again. */
export async function expectNoViolation(page: Page, state: string): Promise<void> {
  let found: unknown[] = [];
  for (let look = 0; look < LOOKS; look += 1) {
    const { violations } = await new AxeBuilder({ page }).withTags(WCAG).analyze();
    found = violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => ({ id, html, failureSummary })),
    );
    if (found.length === 0) break;
  }
  expect.soft(found, `axe on ${state}`).toEqual([]);
}
