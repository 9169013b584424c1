import { startLanguage } from './i18n/index.svelte';
import { router, startRouting } from './routing/router.svelte';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import { startTheme } from './styles/theme.svelte';

const target = document.getElementById('app');
if (!target) throw new Error('the page has no place for the app');

// Guests need nothing of the app, and whoever is signed in here stays out of what guests do.
const loading = router.route.page === 'shared' ? import('./guest/start') : import('./start');
startTheme();
startRouting();
await startLanguage();
(await loading).start(target);
