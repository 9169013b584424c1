import { session } from '../api/session.svelte';
import { connectBackend } from './connect-backend';
import type { QueueOwner } from './index';

/** The queue of whoever is signed in. */
export function ownQueue(): QueueOwner {
  return { key: session.accountId, backend: connectBackend };
}
