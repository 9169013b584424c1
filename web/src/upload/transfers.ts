import { type Client, ConnectError } from '@connectrpc/connect';
import { isTransient, isUnauthenticated, reasonOf } from '../api/errors';
import { ErrorInfoSchema } from '../gen/google/rpc/error_details_pb';
import { type MediaCommands, type PresignedPut, UploadState } from '../gen/picup/commands/v1/media_pb';
import { BackendError, type HeldPart, type SignedPut, type Started, type Transfers } from './backend';

/** The server as this client reaches it. The client tries what fails a few times by itself, and keeps the tokens. */
export function transfersBy(mediaCommands: Client<typeof MediaCommands>): Transfers {
  return {
    async start({ album, bytes, ...announcement }, signal) {
      const request = { ...announcement, albumId: album.albumId, bytes: BigInt(bytes) };
      const { state, mediaId, upload, parts, ...rest } = await told(
        mediaCommands.startUpload(request, { signal }),
      );
      if (state === UploadState.DUPLICATE) {
        return { state: 'duplicate', mediaId: rest.duplicateOf, inTrash: rest.duplicateInTrash };
      }
      if (state === UploadState.GONE) return { state: 'gone' };
      if (state === UploadState.COMPLETED) return { state: 'completed', mediaId };
      if (parts) return { state: 'parts', mediaId, partBytes: Number(parts.partBytes) };
      return { state: 'single', mediaId, put: signed(upload) } satisfies Started;
    },

    async heldParts(mediaId, signal) {
      const held: HeldPart[] = [];
      for (let after = 0; ;) {
        const page = await told(mediaCommands.listParts({ mediaId, after }, { signal }));
        // Whoever completes it next finds out what else it may be.
        if (page.state !== UploadState.STARTED) return undefined;
        for (const { number, bytes, sha256 } of page.parts)
          held.push({ number, bytes: Number(bytes), sha256 });
        if (page.nextAfter <= after) return held;
        after = page.nextAfter;
      }
    },

    async signPart(mediaId, number, sha256, signal) {
      const parts = [{ number, sha256: Uint8Array.from(sha256) }];
      const answer = await told(mediaCommands.signParts({ mediaId, parts }, { signal }));
      return signed(answer.parts[0]?.upload);
    },

    async complete(commandId, mediaId, signal) {
      const answer = await told(mediaCommands.completeUpload({ commandId, mediaId }, { signal }));
      return answer.state === UploadState.COMPLETED ? undefined : Number(answer.verifiedBytes);
    },

    async abandon(commandId, mediaId, reason) {
      await told(mediaCommands.abandonUpload({ commandId, mediaId, reason }));
    },
  };
}

function signed(put: PresignedPut | undefined): SignedPut {
  if (!put) throw new BackendError('the server gave no address to put it to', '', false);
  return put;
}

/** What goes wrong, in the words of the engine. */
export async function told<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    const reason = isUnauthenticated(error) ? 'UNAUTHENTICATED' : reasonOf(error);
    throw new BackendError(error.rawMessage, reason, isTransient(error), missingBytes(error));
  }
}

function missingBytes(error: ConnectError): number {
  const { needed_bytes: needed = 0, free_bytes: free = 0 } =
    error.findDetails(ErrorInfoSchema)[0]?.metadata ?? {};
  return Math.max(0, Number(needed) - Number(free));
}
