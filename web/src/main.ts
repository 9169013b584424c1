import { mount } from 'svelte';
import App from './App.svelte';
import { session } from './api/session.svelte';
import { startLanguage } from './i18n/index.svelte';
import { startRouting } from './routing/router.svelte';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import { startTheme } from './styles/theme.svelte';

const target = document.getElementById('app');
if (!target) throw new Error('the page has no place for the app');

startTheme();
startRouting();
await startLanguage();
mount(App, { target });
await session.start();
