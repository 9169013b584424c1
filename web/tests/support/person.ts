import { createHash, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import type { BrowserContextOptions } from '@playwright/test';
import { type Client, createClient, type Interceptor } from '@connectrpc/connect';
import { createGrpcWebTransport } from '@connectrpc/connect-web';
import { Access, type Session } from '../../src/gen/picup/access/v1/access_pb';
import { AlbumCommands } from '../../src/gen/picup/commands/v1/album_pb';
import { MediaCommands } from '../../src/gen/picup/commands/v1/media_pb';
import { AccountQueries } from '../../src/gen/picup/queries/v1/account_pb';
import { AlbumQueries } from '../../src/gen/picup/queries/v1/album_pb';
import { stackFolder, stackUrl } from './environment';

const CONTENT_TYPES: Readonly<Record<string, string>> = { '.jpg': 'image/jpeg', '.mp4': 'video/mp4' };
const COOKIE = /^(?<name>[^=]+)=(?<value>[^;]*);(?:.*; ?)?path=(?<path>[^;]*)/i;

/** Of new accounts, unless whoever runs this Pic-up has said otherwise. */
export const QUOTA = 15_000_000_000n;

/** What a browser knows of somebody who has signed in with it. */
export type SignedIn = Exclude<NonNullable<BrowserContextOptions['storageState']>, string>;
/** What a browser knows that nobody has signed in with. */
export const NOBODY: SignedIn = { cookies: [], origins: [] };

/** Somebody with an account, who has done some things already before the browser is opened. */
export class Person {
  readonly albums: Client<typeof AlbumCommands>;
  readonly media: Client<typeof MediaCommands>;
  readonly queries: Client<typeof AlbumQueries>;
  readonly account: Client<typeof AccountQueries>;

  private constructor(
    readonly email: string,
    readonly password: string,
    session: Session | undefined,
    readonly signedIn: SignedIn,
  ) {
    const transport = transportTo({ authorization: `Bearer ${session?.accessToken ?? ''}` });
    this.albums = createClient(AlbumCommands, transport);
    this.media = createClient(MediaCommands, transport);
    this.queries = createClient(AlbumQueries, transport);
    this.account = createClient(AccountQueries, transport);
  }

  /** Opens an account. */
  static async signUp(): Promise<Person> {
    const email = newEmail();
    const password = 'a few calm words';
    const answer = await withCookie((access, onHeader) =>
      access.openAccount({ commandId: randomUUID(), email, displayName: 'Mina', password }, { onHeader }),
    );
    return new Person(email, password, answer.session, answer.signedIn);
  }

  static async signIn(email: string, password: string): Promise<Person> {
    const answer = await withCookie((access, onHeader) => access.signIn({ email, password }, { onHeader }));
    return new Person(email, password, answer.session, answer.signedIn);
  }

  /** Who runs the Pic-up under test. */
  static async operator(): Promise<Person> {
    const password = await readFile(join(stackFolder(), 'operator-password'), 'utf8');
    return Person.signIn('operator@picup.example', password.trim());
  }

  async createAlbum(title: string): Promise<string> {
    return (await this.albums.createAlbum({ commandId: randomUUID(), title })).albumId;
  }

  async renameAlbum(albumId: string, title: string): Promise<void> {
    await this.albums.renameAlbum({ commandId: randomUUID(), albumId, title });
  }

  /** How an album is called in the listings, wherever these have got to. */
  async titleOf(albumId: string): Promise<string | undefined> {
    return (await this.queries.getAlbum({ albumId }).catch(() => undefined))?.album?.title;
  }

  /** Uploads files to an album, one after the other; answers their ids. */
  async addFiles(albumId: string, paths: readonly string[]): Promise<string[]> {
    const ids: string[] = [];
    for (const path of paths) ids.push(await this.#addFile(albumId, path));
    return ids;
  }

  async #addFile(albumId: string, path: string): Promise<string> {
    const bytes = await readFile(path);
    const { mediaId, upload } = await this.media.startUpload({
      commandId: randomUUID(),
      albumId,
      fileName: basename(path),
      contentType: CONTENT_TYPES[extname(path)] ?? '',
      bytes: BigInt(bytes.length),
      sha256: createHash('sha256').update(bytes).digest(),
    });
    if (!upload) throw new Error(`${path} does not go up in one piece`);
    const headers = upload.headers.map(({ name, value }): [string, string] => [name, value]);
    const put = await fetch(upload.url, { method: 'PUT', headers, body: bytes });
    if (!put.ok) throw new Error(`S3 answers ${put.status}: ${await put.text()}`);
    await this.media.completeUpload({ commandId: randomUUID(), mediaId });
    return mediaId;
  }

  async trash(ids: readonly string[]): Promise<void> {
    for (const mediaId of ids) await this.media.trashMedia({ commandId: randomUUID(), mediaId });
  }

  /** Reserves bytes for an upload of which nothing is sent; answers its id. */
  async reserve(albumId: string, bytes: bigint): Promise<string> {
    const sha256 = createHash('sha256').update(randomUUID()).digest();
    const announced = { albumId, fileName: 'reserved.mp4', contentType: 'video/mp4', bytes, sha256 };
    return (await this.media.startUpload({ commandId: randomUUID(), ...announced })).mediaId;
  }

  /** What is promised to uploads that are not complete. */
  async reservedBytes(): Promise<bigint> {
    return (await this.account.getUsage({})).reservedBytes;
  }

  /** Gives an upload up, so that what it had reserved is free again. */
  async abandon(mediaId: string): Promise<void> {
    await this.media.abandonUpload({ commandId: randomUUID(), mediaId, reason: 'not needed' });
  }
}

/** An address that nobody has an account with. */
export function newEmail(): string {
  return `mina-${randomUUID()}@example.org`;
}

function transportTo(headers: Readonly<Record<string, string>>) {
  const addHeaders: Interceptor = (next) => (request) => {
    for (const [name, value] of Object.entries(headers)) request.header.set(name, value);
    return next(request);
  };
  return createGrpcWebTransport({ baseUrl: stackUrl(), interceptors: [addHeaders] });
}

type Answer = { readonly accountId: string; readonly session?: Session | undefined };

/** Signs in as the web app does, and keeps for the browser what that would keep. */
async function withCookie(
  ask: (access: Client<typeof Access>, onHeader: (headers: Headers) => void) => Promise<Answer>,
): Promise<{ session: Session | undefined; signedIn: SignedIn }> {
  let set: string[] = [];
  const access = createClient(Access, transportTo({ 'x-web-session': '1' }));
  const { accountId, session } = await ask(access, (headers) => (set = headers.getSetCookie()));
  const parts = COOKIE.exec(set[0] ?? '')?.groups;
  if (!parts) throw new Error('the answer sets no cookie');
  const { hostname: domain, origin } = new URL(stackUrl());
  const cookie = {
    name: parts['name'] ?? '',
    value: parts['value'] ?? '',
    domain,
    path: parts['path'] ?? '/',
  };
  const flag = { name: 'picup.signed-in', value: accountId };
  return {
    session,
    signedIn: {
      cookies: [{ ...cookie, expires: -1, httpOnly: true, secure: false, sameSite: 'Strict' }],
      origins: [{ origin, localStorage: [flag] }],
    },
  };
}
