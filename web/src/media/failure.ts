import type { Renditions } from '../gen/picup/queries/v1/album_pb';
import { t, type TextKey } from '../i18n/index.svelte';

/** Reasons that we can tell in the language of the interface. */
const BY_REASON: Partial<Record<string, TextKey & `viewer.failed${string}`>> = {
  DECODER_MISSING: 'viewer.failedUnsupported',
  EMPTY: 'viewer.failedEmpty',
  MALFORMED: 'viewer.failedMalformed',
  OUT_OF_MEMORY: 'viewer.failedTooLarge',
  OUT_OF_TIME: 'viewer.failedTooLarge',
  TOO_LONG: 'viewer.failedTooLarge',
  TOO_MANY_BYTES: 'viewer.failedTooLarge',
  TOO_MANY_PIXELS: 'viewer.failedTooLarge',
  TRUNCATED: 'viewer.failedTruncated',
  UNSUPPORTED: 'viewer.failedUnsupported',
  WRONG_CONTENT: 'viewer.failedWrongContent',
};

/** Why there is no preview of an item. */
export function failureText({ reason, message }: Pick<Renditions, 'reason' | 'message'>): string {
  const known = BY_REASON[reason];
  return known ? t(known as 'viewer.failedEmpty') : `${t('viewer.failed')} ${t('errors.said', message)}`;
}
