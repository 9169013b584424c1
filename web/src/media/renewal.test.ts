import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { DeliverySchema } from '../gen/picup/queries/v1/album_pb';
import { endsSoon } from './renewal';

const NOW = 1_800_000_000_000;
const endingIn = (minutes: number) =>
  create(DeliverySchema, { expiresAtMicros: BigInt(NOW + minutes * 60_000) * 1000n });

describe('endsSoon', () => {
  it('is true from some minutes before the end on', () => {
    expect(endsSoon(endingIn(60), NOW)).toBe(false);
    expect(endsSoon(endingIn(4), NOW)).toBe(true);
    expect(endsSoon(endingIn(-60), NOW)).toBe(true);
  });

  it('is false of what never ends, and of nothing', () => {
    expect(endsSoon(create(DeliverySchema), NOW)).toBe(false);
    expect(endsSoon(undefined, NOW)).toBe(false);
  });
});
