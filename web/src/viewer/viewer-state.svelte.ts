import type { Media } from '../gen/picup/queries/v1/album_pb';

/** What the viewer shows beside the picture. */
export class ViewerState {
  media = $state.raw<Media>();
  detailsOpen = $state(false);
}
