import { fingerprintOf } from './hashing';
import type { HashAnswer, HashOrder } from './hasher';

/** Progress is told so often at most, in milliseconds. */
const TELL_EVERY = 200;

addEventListener('message', (event: MessageEvent<HashOrder>) => void work(event.data));

async function work({ id, file, partBytes }: HashOrder): Promise<void> {
  let toldAt = performance.now();
  const onRead = (read: number) => {
    if (performance.now() - toldAt < TELL_EVERY) return;
    toldAt = performance.now();
    answer({ id, read });
  };
  try {
    answer({ id, fingerprint: await fingerprintOf(file, partBytes, onRead) });
  } catch (error) {
    answer({ id, unreadable: String(error) });
  }
}

function answer(message: HashAnswer): void {
  postMessage(message);
}
