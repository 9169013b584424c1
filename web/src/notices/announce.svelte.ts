import { untrack } from 'svelte';

class Announcer {
  text = $state('');
}

/** What is read to those who cannot see the screen change. */
export const announcer = new Announcer();

/** Has a screen reader say this when it has finished what it says now. */
export function announce(text: string): void {
  // The same text twice would not be a change: a no-break space makes it one.
  const said = untrack(() => announcer.text);
  announcer.text = said === text ? `${text}\u00a0` : text;
}
