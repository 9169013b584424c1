import { createClient } from '@connectrpc/connect';
import { transport } from '../../api/clients';
import { Audit } from '../../gen/picup/operations/v1/audit_pb';
import { DeadLetters } from '../../gen/picup/operations/v1/dead_letters_pb';
import { Outbox } from '../../gen/picup/operations/v1/outbox_pb';
import { Projections } from '../../gen/picup/operations/v1/projections_pb';
import { Streams } from '../../gen/picup/operations/v1/streams_pb';

/** What only operators may ask. */
export const operations = {
  audit: createClient(Audit, transport),
  deadLetters: createClient(DeadLetters, transport),
  outbox: createClient(Outbox, transport),
  projections: createClient(Projections, transport),
  streams: createClient(Streams, transport),
};
