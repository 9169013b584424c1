import { createClient } from '@connectrpc/connect';
import { MediaCommands } from '../gen/picup/commands/v1/media_pb';
import type { QueueOwner } from '../upload';
import { transfersBy } from '../upload/transfers';
import type { Visit } from './visit.svelte';

/** The queue of what a guest adds by a link. */
export function guestQueue({ queueKey, transport }: Visit): QueueOwner {
  return {
    key: queueKey,
    backend: {
      ...transfersBy(createClient(MediaCommands, transport)),
      // Guests are told nothing of the owner's storage, nor of what else is stored there.
      freeBytes: async () => Infinity,
      describe: async () => ({ fileName: '', albumTitle: '' }),
      // Whether its pictures are made, the album shows.
      processing: async (stored) =>
        stored.map(({ mediaId }) => ({ mediaId, state: 'ready', reason: '', message: '' })),
    },
  };
}
