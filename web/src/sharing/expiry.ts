/** How long a link can be said to work. */
export const terms = ['day', 'week', 'month', 'year', 'date'] as const;
export type Term = (typeof terms)[number];

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const DAYS = { day: 1, week: 7, month: 30, year: 365 } as const;
/** The services take no link that works longer. */
const MOST_DAYS = 366;

/** When a link ends that is made now: UTC, microseconds since 1970. A date is that of a field, in local time. */
export function endOf(term: Term, date: string, now: number): bigint {
  const end = term === 'date' ? new Date(date).getTime() : now + DAYS[term] * DAY;
  return BigInt(end) * 1000n;
}

/** Between which dates somebody may choose, and where that begins, as a field for a date and time writes it. */
export function datesFrom(now: number): {
  readonly first: string;
  readonly last: string;
  readonly usual: string;
} {
  // A field drops the seconds: the minute after the next is at least a whole one away.
  const [first, last, usual] = [now + 2 * MINUTE, now + MOST_DAYS * DAY - MINUTE, now + DAYS.month * DAY];
  return { first: localMoment(first), last: localMoment(last), usual: localMoment(usual) };
}

function localMoment(millis: number): string {
  const offset = new Date(millis).getTimezoneOffset() * MINUTE;
  return new Date(millis - offset).toISOString().slice(0, 'YYYY-MM-DDTHH:mm'.length);
}
