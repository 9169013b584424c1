/** So far the pointer must go before a press becomes a drag. */
const SLACK = 6;
/** A finger that rests so long chooses. */
const LONG_PRESS = 450;
/** So near the window's edge the grid scrolls along, by this many pixels a frame. */
const EDGE = 70;
const SPEED = 18;

/** What the grid does for the pointer. */
export interface DragTarget {
  /** The item at a point of the window. */
  indexAt(x: number, y: number): number | undefined;
  /** Begins to choose at an item; what it answers is told each item that is reached. */
  start(index: number): (reached: number) => void;
  /** A finger has rested on an item. */
  longPress(index: number): void;
}

/** Lets a mouse that is pressed and moved, or a finger that has rested, choose all items on its way. */
export function dragSelect(target: DragTarget): (element: HTMLElement) => () => void {
  return (element) => {
    const drag = new Drag(target, element);
    const abort = new AbortController();
    const { signal } = abort;
    element.addEventListener('pointerdown', (event) => drag.press(event), { signal });
    addEventListener('pointermove', (event) => drag.move(event), { signal });
    addEventListener('pointerup', () => drag.release(), { signal });
    addEventListener('pointercancel', () => drag.release(), { signal });
    // While a finger chooses, the page does not scroll under it.
    element.addEventListener('touchmove', (event) => drag.reaching && event.preventDefault(), {
      passive: false,
      signal,
    });
    element.addEventListener('contextmenu', (event) => drag.byTouch && event.preventDefault(), { signal });
    element.addEventListener('click', (event) => drag.swallow(event), { capture: true, signal });
    return () => {
      drag.release();
      abort.abort();
    };
  };
}

class Drag {
  reaching: ((index: number) => void) | undefined;
  byTouch = false;
  #pressed: { x: number; y: number; index: number } | undefined;
  #point = { x: 0, y: 0 };
  #restTimer = 0;
  #frame = 0;
  #swallowClick = false;

  constructor(
    readonly target: DragTarget,
    readonly element: HTMLElement,
  ) {}

  press(event: PointerEvent): void {
    const index = this.target.indexAt(event.clientX, event.clientY);
    if (event.button !== 0 || !event.isPrimary || index === undefined) return;
    this.byTouch = event.pointerType === 'touch';
    this.#swallowClick = false;
    this.#pressed = { x: event.clientX, y: event.clientY, index };
    if (this.byTouch) this.#restTimer = window.setTimeout(() => this.#rest(index), LONG_PRESS);
  }

  move(event: PointerEvent): void {
    if (!this.#pressed) return;
    this.#point = { x: event.clientX, y: event.clientY };
    const moved = Math.hypot(event.clientX - this.#pressed.x, event.clientY - this.#pressed.y) > SLACK;
    if (!this.reaching && moved) {
      // A finger that moves at once scrolls.
      if (this.byTouch) return this.release();
      this.#begin(this.#pressed.index);
    }
    this.#reach();
  }

  release(): void {
    clearTimeout(this.#restTimer);
    cancelAnimationFrame(this.#frame);
    this.#pressed = undefined;
    this.reaching = undefined;
  }

  /** The click at the end of a drag opens nothing. */
  swallow(event: MouseEvent): void {
    if (!this.#swallowClick) return;
    this.#swallowClick = false;
    event.preventDefault();
    event.stopPropagation();
  }

  #rest(index: number): void {
    this.target.longPress(index);
    this.#begin(index);
  }

  #begin(index: number): void {
    this.#swallowClick = true;
    this.reaching = this.target.start(index);
    this.#frame = requestAnimationFrame(() => this.#scrollAlong());
  }

  #reach(): void {
    const index = this.reaching && this.target.indexAt(this.#point.x, this.#point.y);
    if (index !== undefined) this.reaching?.(index);
  }

  #scrollAlong(): void {
    const { y } = this.#point;
    const below = y - (innerHeight - EDGE);
    const above = EDGE - y;
    const step = below > 0 ? below : y > 0 && above > 0 ? -above : 0;
    if (step !== 0) {
      scrollBy(0, (step / EDGE) * SPEED);
      this.#reach();
    }
    this.#frame = requestAnimationFrame(() => this.#scrollAlong());
  }
}
