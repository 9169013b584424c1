import { currentLanguage } from '../i18n/index.svelte';

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** `3.4 MB`; decimal units, as storage is sold and shown by browsers. */
export function formatBytes(bytes: number | bigint): string {
  let value = Number(bytes);
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit > 0 && value < 9.95 ? 1 : 0;
  return `${formatNumber(value, digits)} ${UNITS[unit]}`;
}

/** A number with the language's own separators. */
export function formatNumber(value: number | bigint, digits = 0): string {
  const make = () => new Intl.NumberFormat(currentLanguage(), { maximumFractionDigits: digits });
  return kept(numberFormats, `${currentLanguage()} ${digits}`, make).format(value);
}

/** How a moment is shown. */
export type DateStyle = 'day' | 'month' | 'moment';

const DATE_STYLES: Record<DateStyle, Intl.DateTimeFormatOptions> = {
  day: { dateStyle: 'medium' },
  month: { year: 'numeric', month: 'long' },
  moment: { dateStyle: 'medium', timeStyle: 'short' },
};

/** A moment that the services give: UTC, microseconds since 1970. */
export function formatDate(micros: bigint, style: DateStyle = 'moment', timeZone?: 'UTC'): string {
  const options = { ...DATE_STYLES[style], ...(timeZone && { timeZone }) };
  const make = () => new Intl.DateTimeFormat(currentLanguage(), options);
  return kept(dateFormats, `${currentLanguage()} ${style} ${timeZone}`, make).format(Number(micros / 1000n));
}

// To make one takes longer than to lay out a row of pictures, and each picture says when it was taken.
const numberFormats = new Map<string, Intl.NumberFormat>();
const dateFormats = new Map<string, Intl.DateTimeFormat>();

function kept<Format>(formats: Map<string, Format>, key: string, make: () => Format): Format {
  const format = formats.get(key) ?? make();
  formats.set(key, format);
  return format;
}

/** The length of a video: `0:07`, `12:30`, `1:02:03`. */
export function formatDuration(milliseconds: number | bigint): string {
  const total = Math.round(Number(milliseconds) / 1000);
  const parts = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, '0'))).join(':');
}
