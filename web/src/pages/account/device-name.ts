/** What a device calls itself, in words that people know; the parts that are not known are absent. */
export interface DeviceName {
  readonly program?: string;
  readonly system?: string;
  readonly kind: 'computer' | 'phone' | 'command-line' | 'unknown';
}

/** In this order: many browsers say that they are others, too. */
const PROGRAMS: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(e|A|iOS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\bVivaldi\//, 'Vivaldi'],
  [/\bWhale\//, 'Whale'],
  [/\b(Firefox|FxiOS)\//, 'Firefox'],
  [/\b(HeadlessChrome|Chrome|CriOS|Chromium)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
];

const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
];

const PHONES = ['iPhone', 'iPad', 'Android'];

/** Reads what a program calls itself when it speaks with a server. */
export function deviceNameOf(userAgent: string): DeviceName {
  if (userAgent.startsWith('picup/')) return { kind: 'command-line' };
  const program = PROGRAMS.find(([pattern]) => pattern.test(userAgent))?.[1];
  const system = SYSTEMS.find(([pattern]) => pattern.test(userAgent))?.[1];
  const kind = system === undefined ? 'unknown' : PHONES.includes(system) ? 'phone' : 'computer';
  return { kind, ...(program && { program }), ...(system && { system }) };
}
