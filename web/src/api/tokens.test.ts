import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { ConsistencyTokenSchema } from '../gen/picup/types/v1/token_pb';
import { TokenStore } from './tokens';

const token = (...streams: [string, bigint][]) =>
  create(ConsistencyTokenSchema, { streams: streams.map(([stream, version]) => ({ stream, version })) });

describe('TokenStore', () => {
  it('keeps the highest version of a stream', () => {
    const store = new TokenStore();
    store.merge(token(['album/1', 3n]));
    store.merge(token(['album/1', 2n]));
    expect(store.current().streams).toMatchObject([{ stream: 'album/1', version: 3n }]);
  });

  it('forgets the streams that changed longest ago', () => {
    const store = new TokenStore();
    for (let stream = 0; stream < 20; stream += 1) store.merge(token([`media/${stream}`, 1n]));
    store.merge(token(['media/4', 2n]));
    const streams = store.current().streams.map(({ stream }) => stream);
    expect(streams).toHaveLength(16);
    expect(streams[0]).toBe('media/5');
    expect(streams.at(-1)).toBe('media/4');
  });

  it('takes an answer without a token', () => {
    const store = new TokenStore();
    store.merge(undefined);
    expect(store.current().streams).toEqual([]);
  });
});
