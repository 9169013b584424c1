import { createClient } from '@connectrpc/connect';
import { Access, type Session as GrantedSession } from '../gen/picup/access/v1/access_pb';
import { type Claims, readClaims } from './access-token';
import { newCommandId } from './command-id';
import { RenewedToken } from './renewed-token';
import { isTransient, isUnauthenticated } from './errors';
import { backoff, sleep, untilOnline } from './retry';
import { createTransport, type Credentials } from './transport';

/** Says whose session the cookie is, so that a visitor without one is not made to wait for a refusal. */
const SIGNED_IN = 'picup.signed-in';

/** Where the app stands with the person in front of it. */
export type SessionStatus = 'starting' | 'offline' | 'signed-out' | 'signed-in';

/** Whoever uses this tab. The access token is kept in memory only; the refresh token is a cookie that no script sees. */
class Session implements Credentials {
  status = $state<SessionStatus>('starting');
  accountId = $state('');
  operator = $state(false);
  readonly #access = createClient(Access, createTransport());
  readonly #token = new RenewedToken(() => this.#refresh());

  /** Goes on with the session that this browser has, if any. While nobody answers it tries again. */
  async start(): Promise<void> {
    addEventListener('storage', (event) => this.#followOtherTabs(event));
    if (localStorage.getItem(SIGNED_IN) === null) {
      this.status = 'signed-out';
      return;
    }
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.renew('');
        return;
      } catch (error) {
        if (!isTransient(error)) return this.#end();
        this.status = 'offline';
        await Promise.race([sleep(backoff(attempt, undefined)), untilOnline()]);
      }
    }
  }

  async signIn(email: string, password: string): Promise<void> {
    const { session } = await this.#access.signIn({ email, password });
    this.#grant(session);
  }

  /** Opens an account and signs in to it. The same command id again is the same account. */
  async openAccount(commandId: string, email: string, displayName: string, password: string): Promise<void> {
    const { session } = await this.#access.openAccount({ commandId, email, displayName, password });
    this.#grant(session);
  }

  /** Ends the session. The page is loaded anew, so that nothing of the account stays in memory. */
  async signOut(): Promise<void> {
    await this.#access.signOut({});
    this.#leave();
  }

  /** Closes the account for good. */
  async closeAccount(password: string): Promise<void> {
    const headers = { authorization: `Bearer ${await this.accessToken()}` };
    await this.#access.closeAccount({ commandId: newCommandId(), password }, { headers });
    this.#leave();
  }

  accessToken(): Promise<string> {
    return this.#token.accessToken();
  }

  renew(refused: string): Promise<string> {
    return this.#token.renew(refused);
  }

  async #refresh(): Promise<GrantedSession> {
    try {
      // All tabs share the cookie, and a refresh token that is used twice ends the session.
      const { session } = await exclusively('picup-refresh', () => this.#access.refresh({}));
      return this.#grant(session);
    } catch (error) {
      if (isUnauthenticated(error) && this.status === 'signed-in') this.#end();
      throw error;
    }
  }

  #grant(session: GrantedSession | undefined): GrantedSession {
    if (!session) throw new Error('the answer carries no session');
    const claims: Claims = readClaims(session.accessToken);
    const isOther = this.accountId !== '' && this.accountId !== claims.accountId;
    this.#token.take(session);
    this.accountId = claims.accountId;
    this.operator = claims.operator;
    this.status = 'signed-in';
    localStorage.setItem(SIGNED_IN, claims.accountId);
    // What is in memory belongs to whoever was here before.
    if (isOther) location.replace('/albums');
    return session;
  }

  #end(): void {
    localStorage.removeItem(SIGNED_IN);
    this.#token.forget();
    this.status = 'signed-out';
  }

  #leave(): void {
    localStorage.removeItem(SIGNED_IN);
    location.replace('/sign-in');
  }

  /** What another tab does to the session holds here too. */
  #followOtherTabs(event: StorageEvent): void {
    if (event.key === SIGNED_IN && (event.newValue ?? '') !== this.accountId) location.reload();
  }
}

async function exclusively<Result>(name: string, action: () => Promise<Result>): Promise<Result> {
  // Locks are missing where the page came by plain http; there, two tabs at the same moment are a risk we take.
  if (!('locks' in navigator)) return action();
  return navigator.locks.request(name, action);
}

/** The session of this tab. */
export const session = new Session();
