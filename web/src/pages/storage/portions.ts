import type { GetUsageResponse } from '../../gen/picup/queries/v1/account_pb';

/** What the storage is divided into, in the order of the bar. */
export const portionNames = ['albums', 'trash', 'reserved', 'free'] as const;
export type PortionName = (typeof portionNames)[number];

/** One part of the storage. */
export interface Portion {
  readonly name: PortionName;
  readonly bytes: bigint;
  /** Of the whole bar, from 0 to 1. */
  readonly fraction: number;
}

type Usage = Pick<GetUsageResponse, 'quotaBytes' | 'reservedBytes' | 'storedBytes' | 'trashBytes'>;

/** What counts against the quota. */
export function usedBytes({ storedBytes, reservedBytes }: Usage): bigint {
  return storedBytes + reservedBytes;
}

/** How full the storage is, from 0; more than 1 where the quota was lowered. */
export function fullness(usage: Usage): number {
  return usage.quotaBytes === 0n ? 1 : Number(usedBytes(usage)) / Number(usage.quotaBytes);
}

/** Divides the storage. Where more is used than the quota allows, the bar stands for what is used. */
export function portionsOf(usage: Usage): Portion[] {
  const { quotaBytes, reservedBytes, storedBytes, trashBytes } = usage;
  const free = quotaBytes - usedBytes(usage);
  const bytes: Record<PortionName, bigint> = {
    albums: atLeastNothing(storedBytes - trashBytes),
    trash: trashBytes,
    reserved: reservedBytes,
    free: atLeastNothing(free),
  };
  const whole = portionNames.reduce((sum, name) => sum + bytes[name], 0n);
  return portionNames.map((name) => ({
    name,
    bytes: bytes[name],
    fraction: whole === 0n ? 0 : Number(bytes[name]) / Number(whole),
  }));
}

// The sums of a read model may be told while one of two events is applied.
function atLeastNothing(bytes: bigint): bigint {
  return bytes < 0n ? 0n : bytes;
}
