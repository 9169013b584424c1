import { describe, expect, it } from 'vitest';
import {
  cellOf,
  cellsBetween,
  layOutTrash,
  neighbourInTrash,
  sectionsBetween,
  sectionsOf,
} from './trash-layout';

const days = [...Array<number>(7).fill(30), ...Array<number>(5).fill(2)];
/** Four columns of squares of 157 pixels. */
const layout = layOutTrash(sectionsOf(days), 640);
const indexes = (cells: readonly { index: number }[]) => cells.map(({ index }) => index);

describe('sectionsOf', () => {
  it('puts together what is kept for as long', () => {
    expect(sectionsOf(days)).toEqual([
      { days: 30, first: 0, count: 7 },
      { days: 2, first: 7, count: 5 },
    ]);
    expect(sectionsOf([])).toEqual([]);
  });
});

describe('layOutTrash', () => {
  it('fills the width, and begins each section with a row of its own', () => {
    expect(layout.columns).toBe(4);
    expect(layout.size).toBe(157);
    expect(cellOf(layout, 3)).toEqual({ index: 3, left: 3 * 161, top: 44 });
    const [first, second] = layout.sections;
    expect(second?.top).toBe((first?.height ?? 0) + 20);
    expect(cellOf(layout, 7)?.left).toBe(0);
  });

  it('has one column where there is room for none', () => {
    expect(layOutTrash(sectionsOf(days), 60).columns).toBe(1);
  });
});

describe('what is between two heights', () => {
  it('is no more than can be seen', () => {
    const many = layOutTrash(sectionsOf(Array<number>(10_000).fill(30)), 640);
    const [section] = sectionsBetween(many, 100_000, 101_000);
    if (!section) throw new Error('nothing is there');
    const cells = cellsBetween(many, section, 100_000, 101_000);
    expect(cells.length).toBeLessThanOrEqual(8 * 4);
    expect(cells[0]?.top).toBeLessThanOrEqual(100_000);
    expect((cells.at(-1)?.top ?? 0) + many.size).toBeGreaterThanOrEqual(101_000 - 4);
  });

  it('ends with the section', () => {
    const [first, second] = layout.sections;
    if (!first || !second) throw new Error('there are two');
    expect(indexes(cellsBetween(layout, first, 0, 10_000))).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(cellsBetween(layout, second, 0, 100)).toEqual([]);
    expect(sectionsBetween(layout, 0, 100)).toEqual([first]);
  });
});

describe('neighbourInTrash', () => {
  it('goes to the row below and above, over the ends of sections', () => {
    expect(neighbourInTrash(layout, 1, 1)).toBe(5);
    expect(neighbourInTrash(layout, 3, 1)).toBe(6);
    expect(neighbourInTrash(layout, 5, 1)).toBe(8);
    expect(neighbourInTrash(layout, 8, -1)).toBe(5);
    expect(neighbourInTrash(layout, 10, -1)).toBe(6);
  });

  it('stays at the ends', () => {
    expect(neighbourInTrash(layout, 2, -1)).toBe(2);
    expect(neighbourInTrash(layout, 11, 1)).toBe(11);
  });
});
