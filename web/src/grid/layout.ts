/** Wider and narrower pictures are cut to these, in thousandths: a panorama must not make a row a thread. */
const NARROWEST = 500;
const WIDEST = 3000;
/** A last row may grow by so much to reach the right edge; a shorter one stays as high as wanted. */
const MOST_STRETCHED = 1.3;
/** What is not known yet stands as a square. */
const SQUARE = 1000;

/** What a justified grid is made for. Lengths are CSS pixels. */
export interface LayoutOptions {
  readonly width: number;
  readonly targetHeight: number;
  readonly gap: number;
}

/** Where each row of a justified grid lies. Rows are kept in typed arrays: an album may have 30,000 of them. */
export interface Layout {
  readonly options: LayoutOptions;
  readonly itemCount: number;
  readonly rowCount: number;
  /** The index of the first item of each row, and one past the last item at the end. */
  readonly firsts: Uint32Array;
  readonly tops: Float64Array;
  readonly heights: Float32Array;
  /** Of the whole grid. */
  readonly height: number;
}

/** Where one item lies in its row. */
export interface Cell {
  readonly index: number;
  readonly left: number;
  readonly width: number;
}

/** Fills rows from left to right so that each is as wide as the grid and about as high as wanted. */
export function layOut(aspects: Uint16Array, options: LayoutOptions): Layout {
  const { width, targetHeight, gap } = options;
  const firsts: number[] = [];
  const heights: number[] = [];
  let first = 0;
  while (first < aspects.length) {
    const end = endOfRow(aspects, first, options);
    const filled = (width - gap * (end - first - 1)) / sumOf(aspects, first, end);
    firsts.push(first);
    const isShort = end === aspects.length && filled > MOST_STRETCHED * targetHeight;
    heights.push(isShort ? targetHeight : filled);
    first = end;
  }
  const tops = new Float64Array(heights.length);
  let top = 0;
  heights.forEach((height, row) => {
    tops[row] = top;
    top += height + gap;
  });
  return {
    options,
    itemCount: aspects.length,
    rowCount: heights.length,
    firsts: Uint32Array.from([...firsts, aspects.length]),
    tops,
    heights: Float32Array.from(heights),
    height: Math.max(0, top - gap),
  };
}

/** One past the last item of the row that begins here: wherever the row's height is nearest to the wanted one. */
function endOfRow(aspects: Uint16Array, first: number, options: LayoutOptions): number {
  const { width, targetHeight, gap } = options;
  let sum = 0;
  let before = Number.POSITIVE_INFINITY;
  for (let index = first; index < aspects.length; index += 1) {
    sum += ratioOf(aspects, index);
    const height = (width - gap * (index - first)) / sum;
    if (height <= targetHeight) {
      const withoutThis = before / targetHeight;
      const withThis = targetHeight / height;
      return withoutThis < withThis ? index : index + 1;
    }
    before = height;
  }
  return aspects.length;
}

function ratioOf(aspects: Uint16Array, index: number): number {
  const permille = aspects[index] || SQUARE;
  return Math.min(Math.max(permille, NARROWEST), WIDEST) / 1000;
}

function sumOf(aspects: Uint16Array, first: number, end: number): number {
  let sum = 0;
  for (let index = first; index < end; index += 1) sum += ratioOf(aspects, index);
  return sum;
}

/** The items of a row, from left to right. */
export function cellsOf(layout: Layout, aspects: Uint16Array, row: number): Cell[] {
  const cells: Cell[] = [];
  const height = layout.heights[row] ?? 0;
  let left = 0;
  for (let index = layout.firsts[row] ?? 0; index < (layout.firsts[row + 1] ?? 0); index += 1) {
    const width = ratioOf(aspects, index) * height;
    cells.push({ index, left, width });
    left += width + layout.options.gap;
  }
  return cells;
}

/** The row at this height of the grid; the nearest one beyond its ends. */
export function rowAt(layout: Layout, y: number): number {
  return lastNotAbove(layout.tops, layout.rowCount, y);
}

/** The row that an item is in. */
export function rowOf(layout: Layout, index: number): number {
  return lastNotAbove(layout.firsts, layout.rowCount, index);
}

/** The last of the ascending values, of which there are `count`, that is not above the wanted one; 0 if none is. */
export function lastNotAbove(values: ArrayLike<number>, count: number, wanted: number): number {
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((values[middle] ?? 0) <= wanted) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The item in another row that lies over or under this one. */
export function neighbour(layout: Layout, aspects: Uint16Array, index: number, rows: number): number {
  const row = rowOf(layout, index);
  const target = Math.min(Math.max(row + rows, 0), layout.rowCount - 1);
  if (target === row) return index;
  const own = cellsOf(layout, aspects, row).find((cell) => cell.index === index);
  const centre = own ? own.left + own.width / 2 : 0;
  const cells = cellsOf(layout, aspects, target);
  const under = cells.find((cell) => centre <= cell.left + cell.width + layout.options.gap) ?? cells.at(-1);
  return under?.index ?? index;
}

/** The height of rows that suits a grid of this width: three pictures in a row on a phone, more on a desk. */
export function suitableOptions(width: number): LayoutOptions {
  if (width < 600) return { width, targetHeight: Math.max(96, width / 3.4), gap: 2 };
  return { width, targetHeight: width < 1600 ? 210 : 250, gap: 4 };
}
