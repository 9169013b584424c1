import { currentLanguage } from '../../i18n/index.svelte';

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

/** The largest unit of which there is at least one whole, and how many; less than a second is none. */
export function inOneUnit(seconds: number): { unit: 'day' | 'hour' | 'minute' | 'second'; count: number } {
  const [unit, length] = UNITS.find(([, each]) => seconds >= each) ?? ['second', 1];
  return { unit, count: Math.floor(Math.max(seconds, 0) / length) };
}

/** How long something lasts or lasted: `5 minutes`. */
export function duration(seconds: number): string {
  const { unit, count } = inOneUnit(seconds);
  return new Intl.NumberFormat(currentLanguage(), { style: 'unit', unit, unitDisplay: 'long' }).format(count);
}

/** How long ago a moment of the services was: `5 minutes ago`. */
export function ago(micros: bigint, now = Date.now()): string {
  const { unit, count } = inOneUnit((now - Number(micros / 1000n)) / 1000);
  return new Intl.RelativeTimeFormat(currentLanguage(), { numeric: 'auto' }).format(-count, unit);
}

/** JSON with a field a line; other text as it is. */
export function prettyJson(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), undefined, 2);
  } catch {
    return json;
  }
}
