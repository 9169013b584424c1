import { sleep } from '../../api/retry';
import type { Work } from '../../gen/picup/operations/v1/audit_pb';
import { operations } from './clients';
import { addWork, type OwedWork } from './owed-work';

/** Between two calls of a count, whose streams end after some seconds. */
const PAUSE = 50;

/** Counts what the log says must still happen. */
export class WorkCount {
  owed = $state.raw<readonly OwedWork[]>();
  error = $state.raw<unknown>();
  /** How much of the log has been read, from 0 to 1; undefined while nothing is counted. */
  fraction = $state<number>();
  countedAt = $state<number>();

  async count(): Promise<void> {
    if (this.fraction !== undefined) return;
    this.fraction = 0;
    try {
      this.owed = await this.#read();
      this.countedAt = Date.now();
      this.error = undefined;
    } catch (error) {
      this.error = error;
    } finally {
      this.fraction = undefined;
    }
  }

  async #read(): Promise<OwedWork[]> {
    const found: Work[] = [];
    let afterPosition = 0n;
    for (;;) {
      for await (const answer of operations.audit.countWork({ items: 0, afterPosition })) {
        found.push(...answer.work);
        afterPosition = answer.position;
        this.fraction = answer.head === 0n ? 1 : Number(answer.position) / Number(answer.head);
        if (answer.done) return addWork(found);
      }
      await sleep(PAUSE);
    }
  }
}
