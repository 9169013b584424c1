import { Code, ConnectError } from '@connectrpc/connect';
import { t, type TextKey } from '../i18n/index.svelte';
import { fieldsOf, isNetworkFailure, OFFLINE, reasonOf } from './errors';

type ErrorText = TextKey & `errors.${string}`;

/** Reasons that we can tell in the language of the interface. */
const BY_REASON: Partial<Record<string, ErrorText>> = {
  [OFFLINE]: 'errors.offline',
  ALBUM_DELETED: 'errors.albumDeleted',
  ALREADY_EXISTS: 'errors.alreadyExists',
  CONFLICT: 'errors.conflict',
  CONSUMER_GONE: 'errors.consumerGone',
  CONTENT_MISMATCH: 'errors.uploadMismatch',
  DEADLINE_EXCEEDED: 'errors.unavailable',
  EMAIL_TAKEN: 'errors.emailTaken',
  INTERNAL: 'errors.internal',
  MEDIA_GONE: 'errors.mediaGone',
  NOT_BLOCKED: 'errors.notBlocked',
  NOT_FOUND: 'errors.notFound',
  OPERATOR_ACCOUNT: 'errors.operatorAccount',
  OPERATOR_ONLY: 'errors.operatorOnly',
  PARTS_MISSING: 'errors.uploadMissing',
  PASSWORD_REFUSED: 'errors.passwordRefused',
  PERMISSION_DENIED: 'errors.notAllowed',
  QUOTA_EXCEEDED: 'errors.quotaExceeded',
  READ_MODEL_BEHIND: 'errors.unavailable',
  REFRESH_TOKEN_REUSED: 'errors.sessionOver',
  REQUEST_TOO_LARGE: 'errors.tooLarge',
  S3_UNAVAILABLE: 'errors.unavailable',
  SESSION_OVER: 'errors.sessionOver',
  SHARE_EXPIRED: 'errors.shareExpired',
  SHARE_NOT_FOUND: 'errors.shareNotFound',
  SHARE_PASSWORD_REFUSED: 'errors.passwordRefused',
  SHARE_THROTTLED: 'errors.throttled',
  TOO_MANY_SHARES: 'errors.tooManyShares',
  SIGN_IN_REFUSED: 'errors.signInRefused',
  SIGN_IN_THROTTLED: 'errors.throttled',
  TOKEN_EXPIRED: 'errors.sessionOver',
  TOKEN_INVALID: 'errors.sessionOver',
  TOKEN_MISSING: 'errors.sessionOver',
  TOO_MANY_REQUESTS: 'errors.throttled',
  TOO_MANY_WATCHERS: 'errors.unavailable',
  UNAUTHENTICATED: 'errors.sessionOver',
  UNAVAILABLE: 'errors.unavailable',
  UNIMPLEMENTED: 'errors.otherVersion',
  UPLOAD_COMPLETE: 'errors.uploadComplete',
  UPLOAD_INCOMPLETE: 'errors.uploadIncomplete',
  UPLOAD_MISMATCH: 'errors.uploadMismatch',
  UPLOAD_MISSING: 'errors.uploadMissing',
  UPLOAD_OVER: 'errors.uploadOver',
};

/** The reason of what somebody between the services and us has answered: they name none. */
const OF_CODE: Partial<Record<Code, string>> = {
  [Code.Aborted]: 'CONFLICT',
  [Code.AlreadyExists]: 'ALREADY_EXISTS',
  [Code.DeadlineExceeded]: 'DEADLINE_EXCEEDED',
  [Code.Internal]: 'INTERNAL',
  [Code.NotFound]: 'NOT_FOUND',
  [Code.PermissionDenied]: 'PERMISSION_DENIED',
  [Code.Unauthenticated]: 'UNAUTHENTICATED',
  [Code.Unavailable]: 'UNAVAILABLE',
  [Code.Unimplemented]: 'UNIMPLEMENTED',
};

/** Fields that a person fills in. */
const BY_FIELD: Partial<Record<string, ErrorText>> = {
  display_name: 'errors.badName',
  email: 'errors.badEmail',
  file_name: 'errors.badFileName',
  password: 'errors.badPassword',
  title: 'errors.badTitle',
};

/** What a person is told when something was not done. */
export function messageOf(error: unknown): string {
  // Whatever else was thrown is a mistake of ours.
  if (!(error instanceof ConnectError)) return t('errors.internal');
  if (isNetworkFailure(error)) return t('errors.offline');
  const bad = fieldsOf(error)
    .map((field) => BY_FIELD[field])
    .find((text) => text !== undefined);
  if (bad) return tell(bad);
  return messageOfReason(reasonOf(error) || (OF_CODE[error.code] ?? ''), error.rawMessage);
}

/** The same of a reason, with the server's own words for where we know none. */
export function messageOfReason(reason: string, said: string): string {
  const known = BY_REASON[reason];
  return known ? tell(known) : `${t('errors.unknown')} ${t('errors.said', said)}`;
}

function tell(text: ErrorText): string {
  // None of those in the tables takes values.
  return t(text as 'errors.unknown');
}
