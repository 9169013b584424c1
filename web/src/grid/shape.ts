import type { Media, MediaPage } from '../gen/picup/queries/v1/album_pb';
import { lastNotAbove } from './layout';

/** What a page of an album's listing holds, without its items. */
export interface ShapePage {
  /** What ListMedia takes to give this page; empty for the first. */
  readonly cursor: string;
  /** When its first and last items were added: UTC, microseconds since 1970. */
  readonly newestMicros: bigint;
  readonly oldestMicros: bigint;
  /** Width by height of each item, in thousandths; 0 where it is not known. */
  readonly aspects: Uint16Array;
}

/** An item's place: which page, and which of its items. */
export interface Place {
  readonly page: number;
  readonly offset: number;
}

/** A place and what was or is there: width by height, in thousandths. */
export interface PlacedAspect extends Place {
  readonly permille: number;
}

/** A whole album without its items: enough to lay it out at once. It never changes; changes make another one. */
export class Shape {
  readonly aspects: Uint16Array;
  /** The index of each page's first item. */
  readonly starts: Uint32Array;

  constructor(
    readonly pages: readonly ShapePage[],
    /** Or else only its beginning is known so far. */
    readonly whole = true,
  ) {
    this.starts = new Uint32Array(pages.length);
    let count = 0;
    pages.forEach((page, number) => {
      this.starts[number] = count;
      count += page.aspects.length;
    });
    this.aspects = new Uint16Array(count);
    pages.forEach((page, number) => this.aspects.set(page.aspects, this.starts[number]));
  }

  /** As the services tell it. */
  static of(pages: readonly MediaPage[]): Shape {
    return new Shape(
      pages.map(({ cursor, newestMicros, oldestMicros, aspectPermille }) => ({
        cursor,
        newestMicros,
        oldestMicros,
        aspects: Uint16Array.from(aspectPermille, narrowed),
      })),
    );
  }

  /** As far as the first page tells, which may be all there is. */
  static ofFirst(items: readonly Media[], whole: boolean): Shape {
    const page = {
      cursor: '',
      newestMicros: items[0]?.addedAtMicros ?? 0n,
      oldestMicros: items.at(-1)?.addedAtMicros ?? 0n,
      aspects: Uint16Array.from(items, aspectOf),
    };
    return new Shape(items.length > 0 ? [page] : [], whole);
  }

  get count(): number {
    return this.aspects.length;
  }

  /** Whether it is the same in all that it tells. */
  equals(other: Shape): boolean {
    if (this.count !== other.count || this.pages.length !== other.pages.length) return false;
    const samePage = (page: ShapePage, number: number): boolean => {
      const { cursor, newestMicros, oldestMicros } = other.pages[number] ?? {};
      return (
        page.cursor === cursor && page.newestMicros === newestMicros && page.oldestMicros === oldestMicros
      );
    };
    return (
      this.pages.every(samePage) && this.aspects.every((permille, index) => permille === other.aspects[index])
    );
  }

  locate(index: number): Place {
    const page = lastNotAbove(this.starts, this.pages.length, index);
    return { page, offset: index - (this.starts[page] ?? 0) };
  }

  /** About when an item was added: pages say it of their ends only. */
  dateAt(index: number): bigint {
    const { page, offset } = this.locate(index);
    const found = this.pages[page];
    if (!found) return 0n;
    const steps = BigInt(Math.max(found.aspects.length - 1, 1));
    return found.newestMicros - ((found.newestMicros - found.oldestMicros) * BigInt(offset)) / steps;
  }

  /** The same without these items. Pages stay, even empty, so that numbers and cursors go on meaning the same. */
  without(places: readonly Place[]): Shape {
    const gone = new Map<number, Set<number>>();
    for (const { page, offset } of places) gone.set(page, (gone.get(page) ?? new Set()).add(offset));
    return new Shape(
      this.pages.map((page, number) => {
        const offsets = gone.get(number);
        return offsets
          ? { ...page, aspects: page.aspects.filter((_, offset) => !offsets.has(offset)) }
          : page;
      }),
      this.whole,
    );
  }

  /** The same with these items again, each put to its place in turn. */
  including(items: readonly PlacedAspect[]): Shape {
    const changed = new Map<number, number[]>();
    for (const { page, offset, permille } of items) {
      const aspects = changed.get(page) ?? Array.from(this.pages[page]?.aspects ?? []);
      changed.set(page, aspects.toSpliced(offset, 0, permille));
    }
    return new Shape(
      this.pages.map((page, number) => {
        const aspects = changed.get(number);
        return aspects ? { ...page, aspects: Uint16Array.from(aspects) } : page;
      }),
      this.whole,
    );
  }

  /** The same with what the items of a page turned out to be: they may have come later than the shape. */
  withItems(page: number, items: readonly Media[]): Shape {
    const known = this.pages[page]?.aspects ?? new Uint16Array();
    const aspects = known.map((permille, offset) => {
      const item = items[offset];
      return (item && aspectOf(item)) || permille;
    });
    if (aspects.every((permille, offset) => permille === known[offset])) return this;
    return new Shape(
      this.pages.map((one, number) => (number === page ? { ...one, aspects } : one)),
      this.whole,
    );
  }

  /** The same with what an item turned out to be. */
  withAspect({ page, offset }: Place, permille: number): Shape {
    return new Shape(
      this.pages.map((one, number) =>
        number === page ? { ...one, aspects: one.aspects.with(offset, permille) } : one,
      ),
      this.whole,
    );
  }
}

/** Width by height of an item in thousandths, as the shape of its album tells it; 0 where it is not known. */
export function aspectOf({ renditions }: Media): number {
  const { width = 0, height = 0 } = renditions ?? {};
  return height > 0 ? narrowed(Math.floor((width * 1000) / height)) : 0;
}

function narrowed(permille: number): number {
  return Math.min(permille, 0xffff);
}
