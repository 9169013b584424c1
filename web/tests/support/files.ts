import { randomBytes } from 'node:crypto';
import { appendFile, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { filesFolder } from './environment';
import { runInstalled } from './programs';

/** As many small pictures as there are, each other than the others. */
export const PICTURES = 200;
/** As long as the parts that the server asks for. */
export const PART_BYTES = 16 * 1024 * 1024;
/** The long film goes up in so many parts. */
export const LONG_FILM_PARTS = 5;

/** The path of a small picture; its number is from 1. */
export function picture(number: number): string {
  return join(filesFolder(), `picture-${String(number).padStart(3, '0')}.jpg`);
}

/** A picture as a phone held upright takes it. */
export const portrait = () => join(filesFolder(), 'portrait.jpg');
/** Twenty seconds; long enough that a browser does not load all of it at once. */
export const film = () => join(filesFolder(), 'film.mp4');
/** So long that it goes up in parts. */
export const longFilm = () => join(filesFolder(), 'long-film.mp4');
/** A folder with two pictures, a third one in a folder of its own, and a hidden file. */
export const folder = () => join(filesFolder(), FOLDER_NAME);
export const FOLDER_NAME = 'Coast';
/** What its name says that it is, and what it is not. */
export const noPicture = () => join(filesFolder(), 'no-picture.jpg');

/** The first half of a picture. */
export const halfPicture = () => join(filesFolder(), 'half.jpg');

/** Makes all of them in a folder. */
export async function makeFiles(folder: string): Promise<void> {
  const into = (name: string) => join(folder, name);
  const source = (filter: string) => ['-f', 'lavfi', '-i', filter];
  await ffmpeg([
    ...source('testsrc2=size=320x240:rate=25'),
    ...['-frames:v', String(PICTURES), '-q:v', '4', into('picture-%03d.jpg')],
  ]);
  await ffmpeg([...source('testsrc2=size=1080x1440'), '-frames:v', '1', '-q:v', '3', into('portrait.jpg')]);
  await makeFolder(folder, into(FOLDER_NAME));
  // Noise makes it long, and a frame to start from every second makes it quick to seek in.
  await ffmpeg([
    ...source('testsrc2=size=640x360:rate=25:duration=20,noise=alls=60:allf=t'),
    ...['-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-preset', 'ultrafast', '-b:v', '6M', '-g', '25'],
    ...['-movflags', '+faststart', into('film.mp4')],
  ]);
  await ffmpeg([
    ...source('testsrc2=size=320x240:rate=10:duration=2'),
    ...['-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-preset', 'ultrafast', into('short-film.mp4')],
  ]);
  await copyFile(into('short-film.mp4'), into('long-film.mp4'));
  await appendFile(into('long-film.mp4'), freeBox((LONG_FILM_PARTS - 1) * PART_BYTES));
  const whole = await readFile(into('portrait.jpg'));
  await writeFile(into('half.jpg'), whole.subarray(0, whole.length / 2));
  await writeFile(into('no-picture.jpg'), 'A shopping list: bread, milk, apples.\n');
}

async function makeFolder(from: string, to: string): Promise<void> {
  const within = join(to, 'Evening');
  await mkdir(within, { recursive: true });
  for (const name of ['picture-001.jpg', 'picture-002.jpg']) await copyFile(join(from, name), join(to, name));
  await copyFile(join(from, 'portrait.jpg'), join(within, 'portrait.jpg'));
  await writeFile(join(to, '.hidden.jpg'), 'What a file manager notes down for itself.\n');
}

/** What a player passes over, of noise, so that no two parts of the film are equal. */
function freeBox(bytes: number): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(bytes);
  head.write('free', 4, 'latin1');
  return Buffer.concat([head, randomBytes(bytes - head.length)]);
}

async function ffmpeg(parameters: readonly string[]): Promise<void> {
  await runInstalled('ffmpeg', 'ffmpeg', ['-v', 'error', '-y', ...parameters]);
}
