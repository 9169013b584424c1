/** When an id was made, of which the first 48 bits are milliseconds since 1970 (a UUIDv7). In microseconds. */
export function createdAtMicros(id: string): bigint {
  return BigInt(`0x${id.replaceAll('-', '').slice(0, 12)}`) * 1000n;
}
