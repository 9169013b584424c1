import { describe, expect, it } from 'vitest';
import { keyName, shortcutGroups } from './shortcuts';

describe('shortcutGroups', () => {
  it.each(shortcutGroups.map(({ name, shortcuts }) => [name, shortcuts] as const))(
    'names no combination twice in %s',
    (_, shortcuts) => {
      const all = shortcuts.flatMap(({ combinations }) => combinations.map((keys) => keys.join('+')));
      expect(new Set(all).size).toBe(all.length);
    },
  );
});

describe('keyName', () => {
  it('is Command on a Mac', () => {
    expect(keyName('Ctrl', true)).toBe('⌘');
    expect(keyName('Ctrl', false)).toBe('Ctrl');
    expect(keyName('A', true)).toBe('A');
  });
});
