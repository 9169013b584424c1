import { type Layout, rowOf } from './layout';
import type { Shape } from './shape';

/** Labels nearer than this, in pixels, would cover each other. */
const NEAREST = 26;

/** A year on the scrubber: where it begins, from 0 at the top to 1 at the bottom. */
export interface Mark {
  readonly label: string;
  readonly fraction: number;
}

/** The years in which the pages of an album begin, as far as there is room for them. */
export function yearMarks(shape: Shape, layout: Layout, reach: number, trackHeight: number): Mark[] {
  const marks: Mark[] = [];
  let year = '';
  shape.pages.forEach((page, number) => {
    const label = String(new Date(Number(page.newestMicros / 1000n)).getFullYear());
    if (label === year || page.aspects.length === 0) return;
    year = label;
    const top = layout.tops[rowOf(layout, shape.starts[number] ?? 0)] ?? 0;
    const fraction = Math.min(top / reach, 1);
    const before = marks.at(-1);
    if (!before || (fraction - before.fraction) * trackHeight >= NEAREST) marks.push({ label, fraction });
  });
  return marks;
}
