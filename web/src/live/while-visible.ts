/**
 * Asks at once and then again and again, each time some milliseconds after the last answer, while the page is seen.
 * How many may depend on the answer.
 */
export function whileVisible(ask: () => Promise<void>, pause: number | (() => number)): () => void {
  let timer: number | undefined;
  let asking = false;
  let over = false;

  const run = async (): Promise<void> => {
    clearTimeout(timer);
    if (asking || over || document.hidden) return;
    asking = true;
    await ask();
    asking = false;
    timer = window.setTimeout(() => void run(), typeof pause === 'number' ? pause : pause());
  };
  const seen = (): void => void run();
  document.addEventListener('visibilitychange', seen);
  void run();
  return () => {
    over = true;
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', seen);
  };
}
