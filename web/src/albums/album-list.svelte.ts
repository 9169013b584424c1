import { create } from '@bufbuild/protobuf';
import { clients } from '../api/clients';
import { newCommandId } from '../api/command-id';
import { type Album, AlbumSchema, type Delivery } from '../gen/picup/queries/v1/album_pb';

const PAGE_SIZE = 500;

/** The albums of the account. What is changed here shows at once and is set right where the change is refused. */
class AlbumList {
  /** Undefined until they have come for the first time. */
  albums = $state.raw<readonly Album[]>();
  error = $state.raw<unknown>();
  /** How their covers are fetched. */
  delivery = $state.raw<Delivery>();
  #loading: Promise<void> | undefined;

  /** Asks for all of them. */
  load(): Promise<void> {
    this.#loading ??= this.#load().finally(() => (this.#loading = undefined));
    return this.#loading;
  }

  async #load(): Promise<void> {
    try {
      const albums: Album[] = [];
      let cursor = '';
      do {
        const page = await clients.albumQueries.listAlbums({ pageSize: PAGE_SIZE, cursor });
        albums.push(...page.albums);
        this.delivery = page.delivery;
        cursor = page.nextCursor;
      } while (cursor !== '');
      this.albums = albums;
      this.error = undefined;
    } catch (error) {
      this.error = error;
    }
  }

  /** Creates an album and answers its id. */
  async create(title: string, commandId = newCommandId()): Promise<string> {
    const { albumId } = await clients.albumCommands.createAlbum({ commandId, title });
    const created = create(AlbumSchema, { albumId, title, createdAtMicros: BigInt(Date.now()) * 1000n });
    this.albums = [created, ...(this.albums ?? []).filter((album) => album.albumId !== albumId)];
    return albumId;
  }

  async rename(album: Album, title: string): Promise<void> {
    this.#replace(album.albumId, [{ ...album, title }]);
    const commandId = newCommandId();
    await this.#orElse(album, () =>
      clients.albumCommands.renameAlbum({ commandId, albumId: album.albumId, title }),
    );
  }

  async delete(album: Album): Promise<void> {
    const before = this.albums;
    this.#replace(album.albumId, []);
    const commandId = newCommandId();
    try {
      await clients.albumCommands.deleteAlbum({ commandId, albumId: album.albumId });
    } catch (error) {
      this.albums = before;
      throw error;
    }
  }

  /** Takes back that it was deleted. */
  async restore(album: Album): Promise<void> {
    await clients.albumCommands.restoreAlbum({ commandId: newCommandId(), albumId: album.albumId });
    await this.load();
  }

  async #orElse(album: Album, change: () => Promise<unknown>): Promise<void> {
    try {
      await change();
    } catch (error) {
      this.#replace(album.albumId, [album]);
      throw error;
    }
  }

  #replace(albumId: string, by: readonly Album[]): void {
    this.albums = this.albums?.flatMap((album) => (album.albumId === albumId ? by : [album]));
  }
}

/** The list of this tab. */
export const albumList = new AlbumList();
