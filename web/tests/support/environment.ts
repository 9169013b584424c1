/** The environment variables by which the global setup tells the tests what it has prepared. */
const URL = 'PICUP_URL';
const FOLDER = 'PICUP_FOLDER';
const FILES = 'PICUP_TEST_FILES';

/** The Pic-up that somebody runs already, if the tests shall use that instead of one of their own. */
export function runningUrl(): string | undefined {
  return process.env[URL];
}

export function announce(prepared: { url: string; folder: string; files: string }): void {
  process.env[URL] = prepared.url;
  process.env[FOLDER] = prepared.folder;
  process.env[FILES] = prepared.files;
}

/** Where the Pic-up under test answers. */
export function stackUrl(): string {
  return told(URL);
}

/** Where the Pic-up under test keeps its data. */
export function stackFolder(): string {
  return told(FOLDER);
}

/** Where the pictures and films lie that the tests upload. */
export function filesFolder(): string {
  return told(FILES);
}

function told(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set; with ${URL} it is needed, too`);
  return value;
}
