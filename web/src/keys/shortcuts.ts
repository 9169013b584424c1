import type { TextKey } from '../i18n/index.svelte';

type KeysText = TextKey & `keys.${string}`;

/** What a combination of keys does. Each combination is as good as the others. */
export interface Shortcut {
  readonly combinations: readonly (readonly string[])[];
  readonly does: KeysText;
}

/** Shortcuts that work in one place. */
export interface ShortcutGroup {
  readonly name: KeysText;
  readonly shortcuts: readonly Shortcut[];
}

/** A combination's key that is a click; its name is translated. */
export const CLICK = 'click';
/** Control, or Command on a Mac. */
export const CONTROL = 'Ctrl';

const ARROWS = '←↑→↓';

/** All keys, by the place where they work. */
export const shortcutGroups: readonly ShortcutGroup[] = [
  {
    name: 'keys.general',
    shortcuts: [
      { combinations: [['?']], does: 'keys.showKeys' },
      { combinations: [[CONTROL, 'Z']], does: 'keys.undo' },
      { combinations: [['Esc']], does: 'keys.close' },
      { combinations: [['Tab'], ['Shift', 'Tab']], does: 'keys.nextControl' },
    ],
  },
  { name: 'keys.albums', shortcuts: [{ combinations: [['Enter']], does: 'keys.follow' }] },
  {
    name: 'keys.grid',
    shortcuts: [
      { combinations: [[ARROWS]], does: 'keys.move' },
      { combinations: [['Page Up'], ['Page Down']], does: 'keys.page' },
      { combinations: [['Home'], ['End']], does: 'keys.ends' },
      { combinations: [['Enter']], does: 'keys.open' },
      { combinations: [['Space'], ['X']], does: 'keys.select' },
      { combinations: [['Shift', ARROWS]], does: 'keys.extend' },
      { combinations: [['Shift', CLICK]], does: 'keys.range' },
      { combinations: [[CONTROL, 'A']], does: 'keys.selectAll' },
      { combinations: [['Esc']], does: 'keys.clear' },
      { combinations: [['M']], does: 'keys.moveTo' },
      { combinations: [['R']], does: 'keys.retry' },
      { combinations: [['Delete']], does: 'keys.trashSelected' },
    ],
  },
  {
    name: 'keys.viewer',
    shortcuts: [
      { combinations: [['←'], ['→']], does: 'keys.previousNext' },
      { combinations: [['Z']], does: 'keys.zoom' },
      { combinations: [['I']], does: 'keys.details' },
      { combinations: [['D']], does: 'keys.download' },
      { combinations: [['Delete']], does: 'keys.trashShown' },
      { combinations: [['Esc']], does: 'keys.closeViewer' },
    ],
  },
  {
    name: 'keys.trash',
    shortcuts: [
      { combinations: [[ARROWS]], does: 'keys.move' },
      { combinations: [['Space'], ['Enter']], does: 'keys.select' },
      { combinations: [['Shift', CLICK]], does: 'keys.range' },
      { combinations: [[CONTROL, 'A']], does: 'keys.selectAll' },
      { combinations: [['R']], does: 'keys.restore' },
      { combinations: [['Delete']], does: 'keys.deleteSelected' },
    ],
  },
];

/** How a key is written on this machine's keyboard. */
export function keyName(key: string, onMac: boolean): string {
  return key === CONTROL && onMac ? '⌘' : key;
}
