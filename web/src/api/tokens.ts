import { create } from '@bufbuild/protobuf';
import { type ConsistencyToken, ConsistencyTokenSchema } from '../gen/picup/types/v1/token_pb';

/** What a query may carry. */
const MOST_STREAMS = 16;

/**
 * What this tab's commands have changed. Every query carries it, so that it sees them. Of each stream the
 * highest version counts; of the streams, those that changed last.
 */
export class TokenStore {
  // A Map keeps the order of insertion: the newest stream is last.
  readonly #versions = new Map<string, bigint>();

  /** Takes note of a command's answer. */
  merge(token: ConsistencyToken | undefined): void {
    for (const { stream, version } of token?.streams ?? []) {
      const known = this.#versions.get(stream) ?? 0n;
      this.#versions.delete(stream);
      this.#versions.set(stream, version > known ? version : known);
    }
    for (const oldest of this.#versions.keys()) {
      if (this.#versions.size <= MOST_STREAMS) break;
      this.#versions.delete(oldest);
    }
  }

  /** What a query sends along. */
  current(): ConsistencyToken {
    const streams = Array.from(this.#versions, ([stream, version]) => ({ stream, version }));
    return create(ConsistencyTokenSchema, { streams });
  }
}

/** The store of this tab. */
export const tokens = new TokenStore();
