import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The browser of this machine; none is ever downloaded. */
export function installedChromium(): string {
  return installed(['chromium', 'google-chrome'], 'chromium');
}

/** Runs a program of this machine and answers what it prints. */
export async function runInstalled(
  program: string,
  debianPackage: string,
  parameters: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<string> {
  const path = installed([program], debianPackage);
  const { stdout } = await run(path, parameters, { env: { ...process.env, ...environment } });
  return stdout;
}

function installed(names: readonly string[], debianPackage: string): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const found = names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
  if (found === undefined) {
    throw new Error(`${names.join(' or ')} is missing: apt-get install ${debianPackage}`);
  }
  return found;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
