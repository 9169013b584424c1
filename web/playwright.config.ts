import { defineConfig } from '@playwright/test';
import { installedChromium } from './tests/support/programs';

export default defineConfig({
  testDir: 'tests',
  globalSetup: './tests/support/global-setup.ts',
  outputDir: 'test-results',
  reporter: 'list',
  fullyParallel: true,
  workers: 2,
  // A busy machine now and then keeps a browser from its events; what needs its second try is told as flaky.
  retries: 1,
  forbidOnly: true,
  timeout: 90_000,
  // Other things may keep the machine busy; whoever waits for the thing itself loses nothing by patience.
  expect: { timeout: 30_000 },
  use: {
    locale: 'en-US',
    timezoneId: 'UTC',
    colorScheme: 'light',
    contextOptions: { reducedMotion: 'reduce' },
    actionTimeout: 30_000,
    navigationTimeout: 30_000,
    screenshot: 'only-on-failure',
    launchOptions: { executablePath: installedChromium(), args: ['--no-sandbox'] },
  },
});
