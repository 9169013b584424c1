import { Code, ConnectError } from '@connectrpc/connect';
import { t, type TextKey } from '../i18n/index.svelte';
import { isNetworkFailure, OFFLINE, reasonOf } from './errors';

/** Reasons that we can tell in the language of the interface. */
const BY_REASON: Partial<Record<string, TextKey & `errors.${string}`>> = {
  [OFFLINE]: 'errors.offline',
  CONFLICT: 'errors.conflict',
  EMAIL_TAKEN: 'errors.emailTaken',
  INTERNAL: 'errors.internal',
  NOT_FOUND: 'errors.notFound',
  PASSWORD_REFUSED: 'errors.passwordRefused',
  QUOTA_EXCEEDED: 'errors.quotaExceeded',
  READ_MODEL_BEHIND: 'errors.unavailable',
  REFRESH_TOKEN_REUSED: 'errors.sessionOver',
  SESSION_OVER: 'errors.sessionOver',
  SHARE_EXPIRED: 'errors.shareExpired',
  SHARE_NOT_FOUND: 'errors.shareNotFound',
  SHARE_PASSWORD_REFUSED: 'errors.passwordRefused',
  SHARE_THROTTLED: 'errors.throttled',
  TOO_MANY_SHARES: 'errors.tooManyShares',
  SIGN_IN_REFUSED: 'errors.signInRefused',
  SIGN_IN_THROTTLED: 'errors.throttled',
  TOO_MANY_REQUESTS: 'errors.throttled',
  UNAVAILABLE: 'errors.unavailable',
};

/** What a person is told when something was not done. */
export function messageOf(error: unknown): string {
  const known = BY_REASON[reasonOf(error)];
  if (known) return t(known);
  if (isNetworkFailure(error)) return t('errors.offline');
  if (!(error instanceof ConnectError)) return t('errors.internal');
  if (error.code === Code.Unavailable || error.code === Code.DeadlineExceeded) return t('errors.unavailable');
  // The services write their messages for people, in English.
  return sentence(error.rawMessage);
}

function sentence(message: string): string {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
