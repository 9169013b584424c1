import { MediaQuery } from 'svelte/reactivity';
import { layOut, suitableOptions } from './layout';
import type { Shape } from './shape';

/** How wide the scrubber is with its distance from the pictures, in CSS pixels. */
export const SCRUBBER_WIDTH = 52;
/** Albums that are no more windows high are seen at a glance. */
const AT_A_GLANCE = 3;
/** So many items are higher than any such album. */
const ENOUGH = 2000;

/** Whether the window is so narrow that the scrubber lies over the pictures. */
export const narrow = new MediaQuery('(max-width: 640px)');

/** Whether an album is so long that it takes a scrubber to find something, in a frame of this width. */
export function needsScrubber(shape: Shape, width: number, windowHeight: number): boolean {
  // Where only the beginning is known, there is more to come.
  if (!shape.whole) return true;
  const { height } = layOut(shape.aspects.subarray(0, ENOUGH), suitableOptions(width));
  return height > AT_A_GLANCE * windowHeight;
}
