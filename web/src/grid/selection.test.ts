import { describe, expect, it } from 'vitest';
import type { AlbumItems } from './album-items.svelte';
import { Selection } from './selection.svelte';

const letters = ['a', 'b', 'c', 'd', 'e', 'f'];
const items = {
  idAt: (index: number) => letters[index],
  idsBetween: async (first: number, last: number) => letters.slice(first, last + 1),
  shape: { count: letters.length },
} as unknown as AlbumItems;
const chosen = (selection: Selection) => Array.from(selection.ids).sort().join('');

describe('Selection', () => {
  it('takes single items in and out', () => {
    const selection = new Selection(items);
    selection.toggle(1);
    selection.toggle(3);
    selection.toggle(1);
    expect(chosen(selection)).toBe('d');
  });

  it('extends from the item chosen last', async () => {
    const selection = new Selection(items);
    selection.toggle(4);
    await selection.extendTo(2);
    expect(chosen(selection)).toBe('cde');
  });

  it('gives back what a drag has left again', async () => {
    const selection = new Selection(items);
    selection.toggle(5);
    const reach = selection.startDrag(1);
    await reach(4);
    expect(chosen(selection)).toBe('bcdef');
    await reach(2);
    expect(chosen(selection)).toBe('bcf');
  });

  it('chooses all and nothing', async () => {
    const selection = new Selection(items);
    await selection.all();
    expect(chosen(selection)).toBe('abcdef');
    selection.clear();
    expect(selection.active).toBe(false);
  });

  it('forgets a range that is overtaken', async () => {
    const selection = new Selection(items);
    const slow = selection.all();
    selection.clear();
    await slow;
    expect(selection.active).toBe(false);
  });
});
