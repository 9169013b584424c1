import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { announce, runningUrl } from './environment';
import { makeFiles } from './files';
import { startStack } from './stack';

/** Prepares a private Pic-up and what is uploaded to it; answers how to take both away again. */
export default async function prepare(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'picup-web-'));
  const files = join(folder, 'files');
  const removeFolder = () => rm(folder, { recursive: true, force: true });
  try {
    await mkdir(files);
    const url = runningUrl();
    const [stack] = await Promise.all([url === undefined ? startStack(folder) : undefined, makeFiles(files)]);
    const dataFolder = stack?.folder ?? process.env['PICUP_FOLDER'] ?? '.picup';
    announce({ url: stack?.url ?? url ?? '', folder: dataFolder, files });
    return async () => {
      await stack?.stop();
      await removeFolder();
    };
  } catch (error) {
    await removeFolder();
    throw error;
  }
}
