const MICROS_A_DAY = 86_400_000_000n;

/** For how many days something is kept, the one that has begun included; 0 when its time is over. */
export function daysLeft(endsAtMicros: bigint, nowMicros: bigint): number {
  const left = endsAtMicros - nowMicros;
  return left <= 0n ? 0 : Number((left + MICROS_A_DAY - 1n) / MICROS_A_DAY);
}

/** This moment, as the services give moments: UTC, microseconds since 1970. */
export function nowMicros(): bigint {
  return BigInt(Date.now()) * 1000n;
}
