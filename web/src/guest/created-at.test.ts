import { expect, it } from 'vitest';
import { createdAtMicros } from './created-at';

it('is read from the beginning of the id', () => {
  const millis = Date.UTC(2025, 6, 1, 12);
  const digits = millis.toString(16).padStart(12, '0');
  const id = `${digits.slice(0, 8)}-${digits.slice(8)}-7000-8000-000000000001`;
  expect(createdAtMicros(id)).toBe(BigInt(millis) * 1000n);
});
