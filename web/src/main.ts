import { mount } from 'svelte';
import App from './App.svelte';
import { session } from './api/session.svelte';
import { startLanguage } from './i18n/index.svelte';
import { router, startRouting } from './routing/router.svelte';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import { startTheme } from './styles/theme.svelte';

/** Shows the app, or what the link in the address lets a guest see. */
async function start(target: HTMLElement): Promise<void> {
  // What guests do has nothing to do with whoever is signed in with this browser: that is not even found out.
  const visiting = router.route.page === 'shared' ? import('./guest/start-visit') : undefined;
  startTheme();
  startRouting();
  await startLanguage();
  if (visiting) return (await visiting).startVisit(target);
  mount(App, { target });
  await session.start();
}

const target = document.getElementById('app');
if (!target) throw new Error('the page has no place for the app');
// Nobody waits for it here: what is loaded later stands on what this module is bundled with, and would wait in turn.
void start(target);
