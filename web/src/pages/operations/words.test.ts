import { describe, expect, it } from 'vitest';
import { inOneUnit, prettyJson } from './words';

describe('inOneUnit', () => {
  it.each([
    [-5, 'second', 0],
    [0.4, 'second', 0],
    [59, 'second', 59],
    [60, 'minute', 1],
    [3_599, 'minute', 59],
    [7_300, 'hour', 2],
    [200_000, 'day', 2],
  ] as const)('%d seconds', (seconds, unit, count) => {
    expect(inOneUnit(seconds)).toEqual({ unit, count });
  });
});

describe('prettyJson', () => {
  it('has a field a line', () => {
    expect(prettyJson('{"a":1,"b":[]}')).toBe('{\n  "a": 1,\n  "b": []\n}');
  });

  it('leaves alone what it cannot read', () => {
    expect(prettyJson('not {json')).toBe('not {json');
  });
});
