import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stackFolder } from './environment';
import { runInstalled } from './programs';

const DATABASE = 'picup_album_listings_g1';

/** Takes an album out of the read model behind its back, so that no event of it can be applied any more. */
export async function hideAlbum(albumId: string): Promise<void> {
  await sql(
    `CREATE TABLE IF NOT EXISTS hidden LIKE albums;
     INSERT INTO hidden SELECT * FROM albums WHERE album_id = ${idOf(albumId)};
     DELETE FROM albums WHERE album_id = ${idOf(albumId)};`,
  );
}

/** Puts it back where it was. */
export async function showAlbum(albumId: string): Promise<void> {
  await sql(
    `INSERT INTO albums SELECT * FROM hidden WHERE album_id = ${idOf(albumId)};
     DELETE FROM hidden WHERE album_id = ${idOf(albumId)};`,
  );
}

/** Has what is in an album be so many days apart, as if it had been added over the years. */
export async function spreadOut(albumId: string, newest: Date, daysBetween: number): Promise<void> {
  await sql(
    `UPDATE media JOIN (
       SELECT media_id, ROW_NUMBER() OVER (ORDER BY added_at_micros DESC, media_id DESC) - 1 AS place
       FROM media WHERE album_id = ${idOf(albumId)}
     ) AS listed USING (media_id)
     SET added_at_micros = ${newest.getTime()}000 - place * ${daysBetween} * 86400000000;`,
  );
}

function idOf(uuid: string): string {
  return `UNHEX('${uuid.replaceAll('-', '')}')`;
}

async function sql(statements: string): Promise<void> {
  const file = (name: string) => readFile(join(stackFolder(), name), 'utf8');
  const { mysql_password: password }: { mysql_password: string } = JSON.parse(await file('credentials.json'));
  // The server's own port is told by how it was started.
  const started = await readFile(`/proc/${(await file('mariadb/server.pid')).trim()}/cmdline`, 'utf8');
  const port = started.split('\0').find((parameter) => parameter.startsWith('--port='));
  if (port === undefined) throw new Error('the database server was started without a port');
  const parameters = ['--host=127.0.0.1', port, '--user=picup', `--execute=${statements}`, DATABASE];
  await runInstalled('mariadb', 'mariadb-client', parameters, { MYSQL_PWD: password });
}
