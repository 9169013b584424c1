import { createClient } from '@connectrpc/connect';
import { AccountCommands } from '../gen/picup/commands/v1/account_pb';
import { AlbumCommands } from '../gen/picup/commands/v1/album_pb';
import { MediaCommands } from '../gen/picup/commands/v1/media_pb';
import { History } from '../gen/picup/operations/v1/history_pb';
import { AccountQueries } from '../gen/picup/queries/v1/account_pb';
import { AlbumQueries } from '../gen/picup/queries/v1/album_pb';
import { session } from './session.svelte';
import { createTransport } from './transport';

/** Asks as whoever is signed in. Pages that load when needed make further clients with it. */
export const transport = createTransport(session);

/** The services that the pages use. Consistency tokens are sent and kept by the transport. */
export const clients = {
  accountCommands: createClient(AccountCommands, transport),
  accountQueries: createClient(AccountQueries, transport),
  albumCommands: createClient(AlbumCommands, transport),
  albumQueries: createClient(AlbumQueries, transport),
  history: createClient(History, transport),
  mediaCommands: createClient(MediaCommands, transport),
};
