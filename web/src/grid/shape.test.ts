import { describe, expect, it } from 'vitest';
import { Shape } from './shape';

const shape = new Shape([
  { cursor: '', newestMicros: 900n, oldestMicros: 700n, aspects: Uint16Array.of(1500, 1000, 667) },
  { cursor: 'b', newestMicros: 600n, oldestMicros: 600n, aspects: Uint16Array.of(1333) },
]);

describe('Shape', () => {
  it('joins its pages', () => expect(Array.from(shape.aspects)).toEqual([1500, 1000, 667, 1333]));

  it('knows where an item is', () => {
    expect(shape.locate(2)).toEqual({ page: 0, offset: 2 });
    expect(shape.locate(3)).toEqual({ page: 1, offset: 0 });
  });

  it('tells about when an item was added', () => {
    expect([0, 1, 2, 3].map((index) => shape.dateAt(index))).toEqual([900n, 800n, 700n, 600n]);
    expect(new Shape([]).dateAt(0)).toBe(0n);
  });

  it('is equal to one that tells the same', () => {
    const { pages } = shape;
    expect(shape.equals(new Shape([...pages]))).toBe(true);
    expect(shape.equals(new Shape(pages.slice(0, 1)))).toBe(false);
    expect(shape.equals(shape.withAspect({ page: 1, offset: 0 }, 800))).toBe(false);
    expect(shape.equals(new Shape(pages.map((page) => ({ ...page, newestMicros: 901n }))))).toBe(false);
  });

  it('goes on without some, its pages in place', () => {
    const less = shape.without([
      { page: 0, offset: 1 },
      { page: 1, offset: 0 },
    ]);
    expect(Array.from(less.aspects)).toEqual([1500, 667]);
    expect(less.pages.map(({ cursor }) => cursor)).toEqual(['', 'b']);
    expect(less.locate(1)).toEqual({ page: 0, offset: 1 });
  });

  it('has them again where they were', () => {
    const places = [
      { page: 0, offset: 0, permille: 1500 },
      { page: 0, offset: 1, permille: 1000 },
      { page: 1, offset: 0, permille: 1333 },
    ];
    const again = shape.without(places).including(places);
    expect(Array.from(again.aspects)).toEqual(Array.from(shape.aspects));
    expect(again.locate(3)).toEqual({ page: 1, offset: 0 });
  });

  it('takes what an item turned out to be', () => {
    expect(Array.from(shape.withAspect({ page: 1, offset: 0 }, 800).aspects)).toEqual([1500, 1000, 667, 800]);
  });
});
