import { mount } from 'svelte';
import { session } from './api/session.svelte';
import App from './App.svelte';

/** Shows the app, for whoever is signed in with this browser. */
export function start(target: HTMLElement): void {
  mount(App, { target });
  void session.start();
}
