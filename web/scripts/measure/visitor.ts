import type { Browser, BrowserContext, CDPSession, Page } from '@playwright/test';
import { stackUrl } from '../../tests/support/environment';
import { Person } from '../../tests/support/person';

/** A page in a browser that has never been here, except that somebody is signed in. */
export interface Visit {
  readonly person: Person;
  readonly context: BrowserContext;
  readonly page: Page;
  readonly session: CDPSession;
}

/** Somebody who looks at an album, each time with a browser that keeps nothing of the time before. */
export class Visitor {
  constructor(
    readonly browser: Browser,
    readonly email: string,
    readonly password: string,
    readonly albumId: string,
  ) {}

  get albumPath(): string {
    return `/albums/${this.albumId}`;
  }

  /** Does something with a page of its own. */
  async visit<Result>(act: (visit: Visit) => Promise<Result>): Promise<Result> {
    const person = await Person.signIn(this.email, this.password);
    const context = await this.browser.newContext({
      baseURL: stackUrl(),
      storageState: person.signedIn,
      viewport: { width: 1280, height: 800 },
      locale: 'en-US',
    });
    try {
      const page = await context.newPage();
      return await act({ person, context, page, session: await context.newCDPSession(page) });
    } finally {
      await context.close();
    }
  }

  /** Opens the album and waits until all of it is known, and its pictures on the screen are seen. */
  async openAlbum(page: Page): Promise<void> {
    await page.goto(this.albumPath);
    await page.locator('[role="option"]:not([aria-setsize="-1"])').first().waitFor();
    await allSeen(page);
  }
}

/** Waits until all pictures on the screen are seen. */
export async function allSeen(page: Page): Promise<void> {
  await page.getByRole('option').first().waitFor();
  await page.waitForFunction(() => {
    const within = (element: Element) => {
      const { top, bottom } = element.getBoundingClientRect();
      return bottom > 0 && top < innerHeight;
    };
    const cells = Array.from(document.querySelectorAll('[role="option"]')).filter(within);
    return cells.length > 0 && cells.every((cell) => cell.querySelector('img.sharp.loaded'));
  });
}
