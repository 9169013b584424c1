/** Sent bytes count for the speed with a weight that falls to a third in so many milliseconds. */
const MEMORY = 4_000;
/** What is slower, in bytes a second, stands still: no time that it would take is worth telling. */
const SLOWEST = 1_000;

/** A smoothed speed. */
export class Meter {
  /** The weighted mean so far, and the weight of all that it is the mean of: little at first. */
  #sum = 0;
  #weight = 0;
  #pending = 0;
  #at: number;

  constructor(now: number) {
    this.#at = now;
  }

  add(bytes: number): void {
    this.#pending += bytes;
  }

  /** Bytes in a second, as of now. */
  read(now: number): number {
    const elapsed = now - this.#at;
    if (elapsed > 0) {
      const kept = Math.exp(-elapsed / MEMORY);
      this.#sum = this.#sum * kept + ((this.#pending * 1000) / elapsed) * (1 - kept);
      this.#weight = this.#weight * kept + (1 - kept);
      this.#pending = 0;
      this.#at = now;
    }
    const perSecond = this.#weight > 0 ? this.#sum / this.#weight : 0;
    return perSecond < SLOWEST ? 0 : perSecond;
  }
}

/** Seconds until so many bytes are through; undefined where nothing moves. */
export function secondsLeft(bytes: number, bytesPerSecond: number): number | undefined {
  return bytesPerSecond > 0 ? Math.ceil(bytes / bytesPerSecond) : undefined;
}
