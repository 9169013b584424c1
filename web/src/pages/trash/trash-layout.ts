/** Items one after the other that are kept for the same number of days. */
export interface Section {
  readonly days: number;
  readonly first: number;
  readonly count: number;
}

/** A section and where it stands. */
export interface PlacedSection extends Section {
  readonly top: number;
  readonly height: number;
}

/** Squares in rows below the heading of their section. */
export interface TrashLayout {
  readonly columns: number;
  readonly size: number;
  readonly sections: readonly PlacedSection[];
  readonly height: number;
}

/** A square: which item, and where. */
export interface PlacedCell {
  readonly index: number;
  readonly left: number;
  readonly top: number;
}

const GAP = 4;
const HEADING = 44;
const BETWEEN_SECTIONS = 20;
/** As wide as squares are at least, on a phone and elsewhere. */
const NARROW_SQUARE = 100;
const WIDE_SQUARE = 150;
const WIDE = 640;

/** Divides items into sections, given the days that each is kept. */
export function sectionsOf(days: readonly number[]): Section[] {
  const sections: { days: number; first: number; count: number }[] = [];
  days.forEach((kept, index) => {
    const last = sections.at(-1);
    if (last?.days === kept) last.count += 1;
    else sections.push({ days: kept, first: index, count: 1 });
  });
  return sections;
}

/** Places sections below one another. */
export function layOutTrash(sections: readonly Section[], width: number): TrashLayout {
  const least = width < WIDE ? NARROW_SQUARE : WIDE_SQUARE;
  const columns = Math.max(Math.floor((width + GAP) / (least + GAP)), 1);
  const size = (width - GAP * (columns - 1)) / columns;
  let top = 0;
  const placed = sections.map((section) => {
    const rows = Math.ceil(section.count / columns);
    const height = HEADING + rows * (size + GAP) - GAP;
    const here = { ...section, top, height };
    top += height + BETWEEN_SECTIONS;
    return here;
  });
  return { columns, size, sections: placed, height: Math.max(top - BETWEEN_SECTIONS, 0) };
}

/** The sections of which something lies between two heights. */
export function sectionsBetween(layout: TrashLayout, from: number, to: number): PlacedSection[] {
  return layout.sections.filter(({ top, height }) => top < to && top + height > from);
}

/** The squares of a section that lie between two heights. */
export function cellsBetween(
  layout: TrashLayout,
  section: PlacedSection,
  from: number,
  to: number,
): PlacedCell[] {
  const pitch = layout.size + GAP;
  const begin = section.top + HEADING;
  const firstRow = Math.max(Math.floor((from - begin) / pitch), 0);
  const endRow = Math.max(Math.ceil((to - begin) / pitch), 0);
  const first = firstRow * layout.columns;
  const end = Math.min(endRow * layout.columns, section.count);
  return Array.from({ length: Math.max(end - first, 0) }, (_, step) =>
    placeIn(layout, section, first + step),
  );
}

/** Where an item's square stands. */
export function cellOf(layout: TrashLayout, index: number): PlacedCell | undefined {
  const section = sectionOf(layout, index);
  return section && placeIn(layout, section, index - section.first);
}

/** The item that is the nearest in the next row (1) or the one before (-1). */
export function neighbourInTrash(layout: TrashLayout, index: number, rows: 1 | -1): number {
  const section = sectionOf(layout, index);
  if (!section) return index;
  const offset = index - section.first;
  const column = offset % layout.columns;
  const row = Math.floor(offset / layout.columns) + rows;
  if (row < 0) {
    const before = layout.sections[layout.sections.indexOf(section) - 1];
    return before ? inRow(layout, before, lastRowOf(layout, before), column) : index;
  }
  if (row > lastRowOf(layout, section)) {
    const after = layout.sections[layout.sections.indexOf(section) + 1];
    return after ? inRow(layout, after, 0, column) : index;
  }
  return inRow(layout, section, row, column);
}

function sectionOf(layout: TrashLayout, index: number): PlacedSection | undefined {
  return layout.sections.find(({ first, count }) => index >= first && index < first + count);
}

function placeIn(layout: TrashLayout, section: PlacedSection, offset: number): PlacedCell {
  const pitch = layout.size + GAP;
  return {
    index: section.first + offset,
    left: (offset % layout.columns) * pitch,
    top: section.top + HEADING + Math.floor(offset / layout.columns) * pitch,
  };
}

function lastRowOf(layout: TrashLayout, section: Section): number {
  return Math.floor((section.count - 1) / layout.columns);
}

function inRow(layout: TrashLayout, section: Section, row: number, column: number): number {
  return section.first + Math.min(row * layout.columns + column, section.count - 1);
}
