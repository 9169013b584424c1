import { type Client, createClient, type Transport } from '@connectrpc/connect';
import { isNotFound, reasonOf } from '../api/errors';
import { RenewedToken } from '../api/renewed-token';
import { createTransport } from '../api/transport';
import { Access, type OpenShareResponse } from '../gen/picup/access/v1/access_pb';

/** Where a guest stands: at the door, inside, or before a link that has ended or never was one. */
export type Stage = 'opening' | 'password' | 'inside' | 'expired' | 'unknown' | 'failed';

const STAGES: Partial<Record<string, Stage>> = {
  SHARE_EXPIRED: 'expired',
  SHARE_NOT_FOUND: 'unknown',
  SHARE_PASSWORD_NEEDED: 'password',
  SHARE_PASSWORD_REFUSED: 'password',
};

/**
 * A guest's visit by a link. Its access token is asked for anew before it ends, and with the password only memory
 * knows it; whoever is signed in with this browser has nothing to do with it.
 */
export class Visit {
  stage = $state<Stage>('opening');
  /** Why it is not 'inside'. */
  error = $state.raw<unknown>();
  /** What the link lets a guest do. */
  share = $state.raw<OpenShareResponse>();
  /** Names the queue of what the guest adds; no account is called like that. */
  readonly queueKey: string;
  /** Asks as this guest. */
  readonly transport: Transport;
  readonly #access: Client<typeof Access> = createClient(Access, createTransport());
  readonly #token = new RenewedToken(() => this.#knock());
  #password = '';

  constructor(readonly key: string) {
    this.queueKey = `share:${key}`;
    this.transport = createTransport(this.#token);
  }

  /** Goes in, with the link's password or none. */
  async open(password: string): Promise<void> {
    this.#password = password;
    try {
      const share = await this.#knock();
      this.#token.take(share);
      this.share = share;
      this.error = undefined;
      this.stage = 'inside';
    } catch (error) {
      this.error = error;
      // Whoever is at the door is told there what else went wrong.
      this.stage = stageOf(error) ?? (this.stage === 'password' ? 'password' : 'failed');
    }
  }

  /** Takes note of a refusal; answers whether it is the link's end. */
  hasEnded(error: unknown): boolean {
    const stage = STAGES[reasonOf(error)];
    if (stage !== 'expired' && stage !== 'unknown') return false;
    this.error = error;
    this.stage = stage;
    return true;
  }

  #knock(): Promise<OpenShareResponse> {
    return this.#access.openShare({ key: this.key, password: this.#password });
  }
}

function stageOf(error: unknown): Stage | undefined {
  return STAGES[reasonOf(error)] ?? (isNotFound(error) ? 'unknown' : undefined);
}
