import { en } from './en';

/** The languages of the interface, each by its own name. */
export const languages = { en: 'English', ko: '한국어' } as const;
export type Language = keyof typeof languages;

type Dictionary = typeof en;
type Area = keyof Dictionary;
/** `<area>.<name>` of a text. */
export type TextKey = { [A in Area]: `${A}.${keyof Dictionary[A] & string}` }[Area];
type TextOf<Key extends TextKey> = Key extends `${infer A extends Area}.${infer Name}`
  ? Name extends keyof Dictionary[A]
    ? Dictionary[A][Name]
    : never
  : never;
type Values<Text> = Text extends (...values: infer Given) => string ? Given : [];

const CHOSEN = 'picup.language';

let language = $state<Language>('en');
let dictionary = $state.raw<Dictionary>(en);

/** The text of this key in the language of the interface; texts that are functions take their values. */
export function t<Key extends TextKey>(key: Key, ...values: Values<TextOf<Key>>): string {
  const separator = key.indexOf('.');
  const area: Record<string, unknown> = dictionary[key.slice(0, separator) as Area];
  const text = area[key.slice(separator + 1)];
  if (typeof text === 'function') return String(text(...values));
  return String(text);
}

/** The language of the interface. */
export function currentLanguage(): Language {
  return language;
}

/** Changes the language and keeps the choice in this browser. */
export async function setLanguage(chosen: Language): Promise<void> {
  localStorage.setItem(CHOSEN, chosen);
  await show(chosen);
}

/** Starts with the language that was chosen, or else the browser's first one that we speak. */
export async function startLanguage(): Promise<void> {
  const wanted = [localStorage.getItem(CHOSEN), ...navigator.languages];
  const spoken = wanted.map((tag) => tag?.split('-')[0]).find(isLanguage);
  await show(spoken ?? 'en');
}

async function show(chosen: Language): Promise<void> {
  dictionary = chosen === 'ko' ? (await import('./ko')).ko : en;
  language = chosen;
  document.documentElement.lang = chosen;
}

function isLanguage(tag: string | undefined): tag is Language {
  return tag !== undefined && tag in languages;
}
