import { clients } from '../api/clients';
import { MediaState, RenditionState } from '../gen/picup/queries/v1/album_pb';
import type { Backend } from './backend';
import { told, transfersBy } from './transfers';

const { accountQueries, albumQueries, mediaCommands } = clients;

/** The server as the app's own clients reach it. They try what fails a few times by themselves, and keep the tokens. */
export const connectBackend: Backend = {
  ...transfersBy(mediaCommands),

  async freeBytes() {
    const { quotaBytes, storedBytes, reservedBytes } = await told(accountQueries.getUsage({}));
    return Math.max(0, Number(quotaBytes - storedBytes - reservedBytes));
  },

  async describe(mediaId) {
    const { media } = await told(albumQueries.getMedia({ mediaId }));
    if (!media) return { fileName: '', albumTitle: '' };
    // The album of what lies in the trash may be deleted.
    const asked =
      media.state === MediaState.TRASHED ? undefined : albumQueries.getAlbum({ albumId: media.albumId });
    const album = asked && (await told(asked)).album;
    return { fileName: media.fileName, albumTitle: album?.title ?? '' };
  },

  async processing(stored) {
    const sha256 = stored.map((one) => Uint8Array.from(one.sha256));
    const { media } = await told(albumQueries.findMedia({ sha256 }));
    return media.map(({ mediaId, renditions }) => ({
      mediaId,
      state: STATES[renditions?.state ?? RenditionState.PROCESSING] ?? 'processing',
      reason: renditions?.reason ?? '',
      message: renditions?.message ?? '',
    }));
  },
};

const STATES: Partial<Record<RenditionState, 'processing' | 'ready' | 'failed'>> = {
  [RenditionState.READY]: 'ready',
  [RenditionState.FAILED]: 'failed',
};
