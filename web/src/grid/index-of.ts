/** The index of the item that an element of a grid belongs to; `undefined` for what belongs to none. */
export function indexOf(target: EventTarget | null): number | undefined {
  const item = target instanceof Element ? target.closest<HTMLElement>('[data-index]') : null;
  const index = item?.dataset['index'];
  return index === undefined ? undefined : Number(index);
}
