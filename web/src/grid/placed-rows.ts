import { type Cell, cellsOf, type Layout } from './layout';
import type { Shape } from './shape';

/** Rows that are kept; more than any window shows. */
const MOST_ROWS = 200;

/** Where an item lies in the grid. */
export interface PlacedCell extends Cell {
  readonly top: number;
  readonly height: number;
}

/** The cells of rows, the same objects each time: what does not move is not drawn again. */
export class PlacedRows {
  #layout: Layout | undefined;
  readonly #rows = new Map<number, readonly PlacedCell[]>();

  row(layout: Layout, shape: Shape, row: number): readonly PlacedCell[] {
    if (layout !== this.#layout || this.#rows.size >= MOST_ROWS) this.#rows.clear();
    this.#layout = layout;
    const known = this.#rows.get(row);
    if (known) return known;
    const place = { top: layout.tops[row] ?? 0, height: layout.heights[row] ?? 0 };
    const cells = cellsOf(layout, shape.aspects, row).map((cell) => ({ ...cell, ...place }));
    this.#rows.set(row, cells);
    return cells;
  }
}
