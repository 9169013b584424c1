import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { MediaSchema } from '../gen/picup/queries/v1/album_pb';
import { pictureFor } from './renditions';

const GRID = { name: 'grid.jpg', contentType: 'image/jpeg', width: 267, height: 400 };
const SCREEN = { name: 'screen.jpg', contentType: 'image/jpeg', width: 1067, height: 1600 };
const VIDEO = { name: 'video.mp4', contentType: 'video/mp4', width: 2160, height: 3840 };
const upright = create(MediaSchema, { renditions: { objects: [VIDEO, SCREEN, GRID] } });

describe('pictureFor', () => {
  it('takes the small picture of what is held upright, too', () => {
    expect(pictureFor(upright, 320)?.name).toBe('grid.jpg');
    expect(pictureFor(upright, 401)?.name).toBe('screen.jpg');
  });

  it('takes the largest picture where none is large enough', () => {
    expect(pictureFor(upright, 5000)?.name).toBe('screen.jpg');
  });

  it('takes nothing where there is nothing yet', () => {
    expect(pictureFor(create(MediaSchema), 320)).toBeUndefined();
  });
});
