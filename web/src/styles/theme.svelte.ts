/** Light, dark, or as the system wishes. */
export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const CHOSEN = 'picup.theme';
const wishesDark = matchMedia('(prefers-color-scheme: dark)');

class ThemeChoice {
  chosen = $state<Theme>('system');
}

const choice = new ThemeChoice();

/** What is chosen. */
export function currentTheme(): Theme {
  return choice.chosen;
}

/** Changes the theme and keeps the choice in this browser. */
export function setTheme(chosen: Theme): void {
  localStorage.setItem(CHOSEN, chosen);
  choice.chosen = chosen;
  show();
}

/** Shows the theme that was chosen here, and follows the system where none was. */
export function startTheme(): void {
  const kept = localStorage.getItem(CHOSEN);
  choice.chosen = themes.find((theme) => theme === kept) ?? 'system';
  wishesDark.addEventListener('change', show);
  show();
}

function show(): void {
  const dark = choice.chosen === 'dark' || (choice.chosen === 'system' && wishesDark.matches);
  document.documentElement.dataset['theme'] = dark ? 'dark' : 'light';
}
