/**
 * Measures the web app in a real browser, on an album of a Pic-up that runs: PICUP_URL says where it answers, PICUP_EMAIL and
 * PICUP_PASSWORD who looks, and PICUP_ALBUM at which album. Prints one JSON document, which `make bench` makes figures of.
 */
import { chromium } from '@playwright/test';
import { installedChromium } from '../tests/support/programs';
import { Visitor } from './measure/visitor';
import { measureFirstLoad } from './measure/first-load';
import { measureInputs } from './measure/inputs';
import { measureScrolling } from './measure/scrolling';

const browser = await chromium.launch({ executablePath: installedChromium(), args: ['--no-sandbox'] });
try {
  const visitor = new Visitor(browser, told('PICUP_EMAIL'), told('PICUP_PASSWORD'), told('PICUP_ALBUM'));
  const firstLoad = await measureFirstLoad(visitor);
  console.error('web: scrolling to the end');
  const scrolling = await measureScrolling(visitor);
  console.error('web: opening, choosing, going from item to item');
  const inputs = await measureInputs(visitor);
  console.log(JSON.stringify({ firstLoad, scrolling, inputs }, undefined, 2));
} finally {
  await browser.close();
}

function told(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}
