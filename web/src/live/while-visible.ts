/** Asks at once and then again and again, each time some milliseconds after the last answer, while the page is seen. */
export function whileVisible(ask: () => Promise<void>, pause: number): () => void {
  let timer: number | undefined;
  let asking = false;
  let over = false;

  const run = async (): Promise<void> => {
    clearTimeout(timer);
    if (asking || over || document.hidden) return;
    asking = true;
    await ask();
    asking = false;
    timer = window.setTimeout(() => void run(), pause);
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
