import { describe, expect, it } from 'vitest';
import { cellsOf, layOut, neighbour, rowAt, rowOf, suitableOptions } from './layout';

const options = { width: 1000, targetHeight: 200, gap: 4 };
const mixed = (count: number) =>
  Uint16Array.from({ length: count }, (_, index) => [1500, 667, 1333, 0, 9000][index % 5] ?? 0);

describe('layOut', () => {
  it('has nothing of nothing', () => {
    expect(layOut(new Uint16Array(), options)).toMatchObject({ rowCount: 0, height: 0 });
  });

  it('puts every item into exactly one row, in order', () => {
    const aspects = mixed(997);
    const layout = layOut(aspects, options);
    const placed = Array.from({ length: layout.rowCount }, (_, row) => cellsOf(layout, aspects, row)).flat();
    expect(placed.map(({ index }) => index)).toEqual(Array.from(aspects.keys()));
  });

  it('fills every row but the last to the right edge', () => {
    const aspects = mixed(500);
    const layout = layOut(aspects, options);
    for (let row = 0; row < layout.rowCount - 1; row += 1) {
      const last = cellsOf(layout, aspects, row).at(-1);
      expect((last?.left ?? 0) + (last?.width ?? 0)).toBeCloseTo(1000, 1);
    }
  });

  it('keeps rows near the wanted height', () => {
    const layout = layOut(mixed(500), options);
    const heights = Array.from(layout.heights).slice(0, -1);
    expect(Math.min(...heights)).toBeGreaterThan(120);
    expect(Math.max(...heights)).toBeLessThan(320);
  });

  it('does not blow up a last row that is short', () => {
    expect(layOut(Uint16Array.of(1000), options).heights[0]).toBe(200);
  });

  it('has a last row that is nearly full reach the right edge', () => {
    const aspects = Uint16Array.of(1500, 1500, 1000);
    const layout = layOut(aspects, options);
    const last = cellsOf(layout, aspects, 0).at(-1);
    expect((last?.left ?? 0) + (last?.width ?? 0)).toBeCloseTo(1000, 1);
  });

  it('leaves the gap between rows and none at the end', () => {
    const layout = layOut(mixed(40), options);
    const last = layout.rowCount - 1;
    expect(layout.tops[1]).toBeCloseTo((layout.heights[0] ?? 0) + 4);
    expect(layout.height).toBeCloseTo((layout.tops[last] ?? 0) + (layout.heights[last] ?? 0));
  });

  it('lays out 100,000 items in the time of a few frames', () => {
    const aspects = mixed(100_000);
    const start = performance.now();
    expect(layOut(aspects, options).rowCount).toBeGreaterThan(10_000);
    expect(performance.now() - start).toBeLessThan(200);
  });
});

describe('looking things up', () => {
  const aspects = mixed(300);
  const layout = layOut(aspects, options);

  it('finds the row of each item', () => {
    for (let row = 0; row < layout.rowCount; row += 1) {
      for (const { index } of cellsOf(layout, aspects, row)) expect(rowOf(layout, index)).toBe(row);
    }
  });

  it('finds the row at a height, and the nearest beyond the ends', () => {
    expect(rowAt(layout, -50)).toBe(0);
    expect(rowAt(layout, (layout.tops[7] ?? 0) + 1)).toBe(7);
    expect(rowAt(layout, layout.height + 1000)).toBe(layout.rowCount - 1);
  });

  it('goes up and down in place, and stays at the ends', () => {
    const down = neighbour(layout, aspects, 0, 1);
    expect(rowOf(layout, down)).toBe(1);
    expect(neighbour(layout, aspects, down, -1)).toBe(0);
    expect(neighbour(layout, aspects, 0, -1)).toBe(0);
    expect(neighbour(layout, aspects, 299, 5)).toBe(299);
  });
});

it('shows about three pictures in a row on a phone', () => {
  const phone = suitableOptions(380);
  const layout = layOut(new Uint16Array(99).fill(1000), phone);
  expect(layout.firsts[1]).toBe(3);
});
