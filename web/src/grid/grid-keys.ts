import { type Layout, neighbour } from './layout';

/** Where a key goes from an item; undefined for other keys. */
export function targetOfKey(
  event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>,
  layout: Layout,
  aspects: Uint16Array,
  from: number,
  windowHeight: number,
): number | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
  const last = layout.itemCount - 1;
  const rowsInWindow = Math.max(
    1,
    Math.floor(windowHeight / (layout.options.targetHeight + layout.options.gap)) - 1,
  );
  switch (event.key) {
    case 'ArrowRight':
      return Math.min(from + 1, last);
    case 'ArrowLeft':
      return Math.max(from - 1, 0);
    case 'ArrowDown':
      return neighbour(layout, aspects, from, 1);
    case 'ArrowUp':
      return neighbour(layout, aspects, from, -1);
    case 'PageDown':
      return neighbour(layout, aspects, from, rowsInWindow);
    case 'PageUp':
      return neighbour(layout, aspects, from, -rowsInWindow);
    case 'Home':
      return 0;
    case 'End':
      return last;
    default:
      return undefined;
  }
}
