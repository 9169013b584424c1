import type { Credentials } from './transport';

/** An access token is renewed this long before it ends. */
const RENEW_BEFORE = 30_000;

/** What is given with an access token. */
export interface Grant {
  readonly accessToken: string;
  readonly accessTokenSeconds: number;
}

/** An access token that is kept in memory only, and renewed before it ends. */
export class RenewedToken implements Credentials {
  #token = '';
  #endsAt = 0;
  #renewing: Promise<string> | undefined;

  /** Is told how another one is asked for. */
  constructor(readonly ask: () => Promise<Grant>) {}

  /** Uses this one from now on. */
  take({ accessToken, accessTokenSeconds }: Grant): void {
    this.#token = accessToken;
    this.#endsAt = Date.now() + accessTokenSeconds * 1000;
  }

  forget(): void {
    this.#token = '';
    this.#endsAt = 0;
  }

  async accessToken(): Promise<string> {
    return Date.now() < this.#endsAt - RENEW_BEFORE ? this.#token : this.renew(this.#token);
  }

  async renew(refused: string): Promise<string> {
    // Many requests may be refused at once; one renewal serves them all.
    if (refused !== this.#token) return this.#token;
    this.#renewing ??= this.#renew().finally(() => (this.#renewing = undefined));
    return this.#renewing;
  }

  async #renew(): Promise<string> {
    this.take(await this.ask());
    return this.#token;
  }
}
