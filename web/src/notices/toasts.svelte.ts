import { messageOf } from '../api/message';

/** How long a toast is there. Long enough to read it and to reach Undo. */
const SHOWN_FOR = 10_000;
const MOST_SHOWN = 3;

/** What is said in passing. */
export interface ToastContent {
  readonly text: string;
  readonly kind?: 'info' | 'error';
  /** Takes back what the toast tells of. */
  readonly undo?: () => void | Promise<void>;
}

/** A toast on the screen. */
export interface ShownToast extends ToastContent {
  readonly id: number;
}

class Toasts {
  shown = $state.raw<readonly ShownToast[]>([]);
  #nextId = 1;
  readonly #timers = new Map<number, { remaining: number; startedAt: number; timer: number }>();

  show(content: ToastContent): number {
    const id = this.#nextId++;
    this.shown = [...this.shown.slice(1 - MOST_SHOWN), { ...content, id }];
    this.#run(id, SHOWN_FOR);
    return id;
  }

  dismiss(id: number): void {
    clearTimeout(this.#timers.get(id)?.timer);
    this.#timers.delete(id);
    this.shown = this.shown.filter((toast) => toast.id !== id);
  }

  /** Stops the time while somebody points at the toasts or has the focus in them. */
  pause(): void {
    for (const timing of this.#timers.values()) {
      clearTimeout(timing.timer);
      timing.remaining -= performance.now() - timing.startedAt;
      timing.startedAt = performance.now();
    }
  }

  resume(): void {
    for (const [id, { timer, remaining }] of this.#timers) {
      clearTimeout(timer);
      this.#run(id, Math.max(remaining, 1_000));
    }
  }

  /** Takes back what the newest toast with an Undo tells of. */
  async undoLatest(): Promise<void> {
    const latest = this.shown.findLast((toast) => toast.undo);
    if (latest) await this.undo(latest);
  }

  async undo(shown: ShownToast): Promise<void> {
    this.dismiss(shown.id);
    try {
      await shown.undo?.();
    } catch (error) {
      toastError(error);
    }
  }

  #run(id: number, remaining: number): void {
    const timer = window.setTimeout(() => this.dismiss(id), remaining);
    this.#timers.set(id, { remaining, startedAt: performance.now(), timer });
  }
}

/** The toasts of this tab. */
export const toasts = new Toasts();

/** Says something in passing, perhaps with an Undo; answers the toast's id. */
export function toast(content: ToastContent): number {
  return toasts.show(content);
}

/** Tells why something was not done. */
export function toastError(error: unknown): void {
  toast({ text: messageOf(error), kind: 'error' });
}
