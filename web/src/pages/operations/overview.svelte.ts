import type { LetterGroup, OperatorAction } from '../../gen/picup/operations/v1/dead_letters_pb';
import type { OutboxStatus } from '../../gen/picup/operations/v1/outbox_pb';
import type { Projection } from '../../gen/picup/operations/v1/projections_pb';
import type { ListBlockedResponse } from '../../gen/picup/operations/v1/streams_pb';
import { operations } from './clients';
import { problemsOf } from './health';

const MOST_BLOCKED = 100;
/** As many of the operators' actions are always told. */
export const NEWEST_ACTIONS = 20;

/** One answer of the system: the last one that came, and why the newest did not. */
export class Told<Answer> {
  value = $state.raw<Answer>();
  error = $state.raw<unknown>();

  constructor(readonly ask: () => Promise<Answer>) {}

  async renew(): Promise<void> {
    try {
      this.value = await this.ask();
      this.error = undefined;
    } catch (error) {
      this.error = error;
    }
  }
}

/** How the system is. Its parts are asked one by one: where one does not answer, the others still do. */
export class Overview {
  readonly outbox = new Told<OutboxStatus | undefined>(
    async () => (await operations.outbox.getOutbox({})).status,
  );
  readonly projections = new Told<readonly Projection[]>(
    async () => (await operations.projections.listProjections({})).projections,
  );
  readonly blocked = new Told<ListBlockedResponse>(() =>
    operations.streams.listBlocked({ limit: MOST_BLOCKED }),
  );
  readonly groups = new Told<readonly LetterGroup[]>(
    async () => (await operations.deadLetters.listGroups({})).groups,
  );
  readonly actions = new Told<readonly OperatorAction[]>(
    async () => (await operations.deadLetters.listActions({ pageSize: NEWEST_ACTIONS })).actions,
  );

  readonly #parts = [this.outbox, this.projections, this.blocked, this.groups, this.actions];

  readonly problems = $derived(
    problemsOf({
      outbox: this.outbox.value,
      projections: this.projections.value,
      blocked: this.blocked.value?.total,
      groups: this.groups.value,
    }),
  );
  /** Whether everything has been told at least once. */
  readonly complete = $derived(this.#parts.every(({ value }) => value !== undefined));
  /** Why something has not been told now. */
  readonly error = $derived(this.#parts.find(({ error }) => error !== undefined)?.error);

  async renew(): Promise<void> {
    await Promise.all(this.#parts.map((part) => part.renew()));
  }
}
