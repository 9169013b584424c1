import type * as Upload from '../upload';

/** The uploading engine of this tab, which is loaded when it is known whose files it brings up. */
export class Uploader {
  /** It must be there before something is dropped: a drop can be read at once only. */
  engine = $state.raw<typeof Upload>();
  #loading: Promise<void> | undefined;

  constructor(readonly whose: () => Promise<Upload.QueueOwner>) {}

  load(): Promise<void> {
    this.#loading ??= this.#load().catch((error: unknown) => {
      this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }

  async #load(): Promise<void> {
    const [engine, whose] = await Promise.all([import('../upload'), this.whose()]);
    engine.useQueueOf(whose);
    this.engine = engine;
  }
}

/** Brings up the files of whoever is signed in. */
export const uploader = new Uploader(async () => (await import('../upload/own-queue')).ownQueue());
