import type * as Upload from '../upload';

/** The uploading engine, which is loaded when somebody has signed in. */
class Uploader {
  engine = $state.raw<typeof Upload>();

  async load(): Promise<void> {
    this.engine ??= await import('../upload');
  }
}

/** The engine of this tab. It must be there before something is dropped: a drop can be read at once only. */
export const uploader = new Uploader();
