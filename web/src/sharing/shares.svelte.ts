import { clients } from '../api/clients';
import { newCommandId } from '../api/command-id';
import type { Share } from '../gen/picup/queries/v1/album_pb';

/** What a link that is to be made shall be like. */
export type Wish = Pick<Share, 'expiresAtMicros' | 'guestsMayDownload' | 'guestsMayUpload'> & {
  /** Empty for none. */
  readonly password: string;
};

/** The links of an album, the newest first. */
export class Shares {
  /** Undefined until they have come for the first time. */
  list = $state.raw<readonly Share[]>();
  error = $state.raw<unknown>();

  constructor(readonly albumId: string) {}

  async load(): Promise<void> {
    try {
      this.list = (await clients.albumQueries.listShares({ albumId: this.albumId })).shares;
      this.error = undefined;
    } catch (error) {
      this.error = error;
    }
  }

  /** Makes a link and answers its id. The same command id again is the same link. */
  async make(commandId: string, wish: Wish): Promise<string> {
    const { albumId } = this;
    const { shareId } = await clients.albumCommands.shareAlbum({ ...wish, commandId, albumId });
    await this.load();
    return shareId;
  }

  /** Ends a link for good. It is gone at once, and comes back where that was refused. */
  async remove({ shareId }: Share): Promise<void> {
    this.list = this.list?.filter((share) => share.shareId !== shareId);
    try {
      await clients.albumCommands.revokeShare({
        commandId: newCommandId(),
        albumId: this.albumId,
        shareId,
      });
    } finally {
      await this.load();
    }
  }
}

/** Whether a link has ended by now. */
export function hasEnded({ expiresAtMicros }: Share): boolean {
  return Number(expiresAtMicros / 1000n) <= Date.now();
}
