import { test as base } from '@playwright/test';
import { stackUrl } from './environment';
import { Person } from './person';

interface Fixtures {
  /** Who is signed in with the test's browser. */
  person: Person;
  /** Nothing that the page itself calls a mistake may happen in any test. */
  faultless: void;
}

/** A test with a new account that is signed in already. */
export const test = base.extend<Fixtures>({
  // Playwright finds out what a fixture needs by its first parameter, even where that is nothing.
  baseURL: async ({}, use) => use(stackUrl()),
  person: async ({}, use) => use(await Person.signUp()),
  storageState: async ({ person }, use) => use(person.signedIn),
  faultless: [
    async ({ context }, use) => {
      const faults: string[] = [];
      context.on('weberror', (fault) => faults.push(String(fault.error())));
      context.on('console', (message) => {
        if (message.text().includes('Content Security Policy')) faults.push(message.text());
      });
      await use();
      test.expect(faults, 'what the page itself calls a mistake').toEqual([]);
    },
    { auto: true },
  ],
});

export { expect } from '@playwright/test';
