/** Pixels a millisecond; whoever scrolls faster looks for a place, not at pictures. */
const HURRY = 4;
/** So long after the last movement scrolling is over. */
const SETTLED_AFTER = 120;
/** What is shown by a key keeps so far from the bars at the window's ends. */
const CLEARANCE = { top: 130, bottom: 80 };

/** Where the window is in an element that is higher than it. */
export class ScrollWatch {
  /** How far the window's top lies below the element's. */
  top = $state(0);
  /** Of the window. */
  height = $state(innerHeight);
  /** Whether somebody scrolls too fast to see pictures. */
  hurried = $state(false);
  /** Whether somebody scrolls. */
  moving = $state(false);
  #element: HTMLElement | undefined;
  #measured = 0;
  #lastMoved = 0;
  #settle = 0;

  /** Watches an element of the page. */
  readonly watch = (element: HTMLElement): (() => void) => {
    this.#element = element;
    this.#measure();
    const abort = new AbortController();
    const { signal } = abort;
    addEventListener('scroll', () => this.#moved(), { passive: true, signal });
    addEventListener('resize', () => this.#measure(), { signal });
    const observer = new ResizeObserver(() => this.#measure());
    observer.observe(element);
    return () => {
      abort.abort();
      observer.disconnect();
      clearTimeout(this.#settle);
    };
  };

  /** Puts this height of the element at the window's top. */
  jump(top: number): void {
    const above = scrollY + (this.#element?.getBoundingClientRect().top ?? 0);
    scrollTo({ top: above + top, behavior: 'instant' });
    this.#moved();
  }

  /** Scrolls as little as shows this part of the element. */
  reveal(top: number, height: number): void {
    if (top < this.top + CLEARANCE.top) this.jump(top - CLEARANCE.top);
    else if (top + height > this.top + this.height - CLEARANCE.bottom) {
      this.jump(top + height - this.height + CLEARANCE.bottom);
    }
  }

  #moved(): void {
    const distance = this.#measure();
    // The event that follows a jump tells nothing new.
    if (distance === 0) return;
    const now = performance.now();
    const elapsed = now - this.#lastMoved;
    // Whoever has rested and makes one jump wants to see what is there.
    this.hurried = elapsed < SETTLED_AFTER && distance / Math.max(elapsed, 8) > HURRY;
    this.#lastMoved = now;
    this.moving = true;
    clearTimeout(this.#settle);
    this.#settle = window.setTimeout(() => {
      this.hurried = false;
      this.moving = false;
    }, SETTLED_AFTER);
  }

  /** Looks where the window is; answers how far it has moved. */
  #measure(): number {
    // `top` is not read: an effect that jumps would run again whenever somebody scrolls.
    const before = this.#measured;
    this.#measured = -(this.#element?.getBoundingClientRect().top ?? 0);
    this.height = innerHeight;
    this.top = this.#measured;
    return Math.abs(this.#measured - before);
  }
}
