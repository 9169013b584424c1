import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { AlbumSchema } from '../gen/picup/queries/v1/album_pb';
import { type AlbumOrder, sortAlbums } from './sort';

const album = (title: string, createdAtMicros: bigint, bytes: bigint) =>
  create(AlbumSchema, { title, createdAtMicros, bytes });
const albums = [album('Jeju 10', 1n, 30n), album('jeju 2', 3n, 10n), album('가을', 2n, 20n)];
const titles = (order: AlbumOrder) => sortAlbums(albums, order, 'en').map(({ title }) => title);

describe('sortAlbums', () => {
  it('puts the newest first', () => expect(titles('newest')).toEqual(['jeju 2', '가을', 'Jeju 10']));
  it('puts the largest first', () => expect(titles('size')).toEqual(['Jeju 10', '가을', 'jeju 2']));
  it('counts numbers in names', () => expect(titles('name')).toEqual(['jeju 2', 'Jeju 10', '가을']));
});
