import { readdir, readFile, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Plugin } from 'vite';

/** Pictures are compressed already. */
const COMPRESSIBLE = new Set(['.css', '.html', '.js', '.json', '.svg', '.webmanifest']);
/** What is shorter fits into one packet, compressed or not. */
const SHORTEST = 1024;

const brotli = promisify(brotliCompress);
const deflate = promisify(gzip);

/** Puts compressed copies beside the files of the build, which the gateway serves to whoever takes them. */
export function compress(): Plugin {
  return {
    name: 'picup:compress',
    apply: 'build',
    // Everything has been written then, the files of `public` too.
    async writeBundle({ dir }) {
      if (dir === undefined) return;
      for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
        const compressible = entry.isFile() && COMPRESSIBLE.has(extname(entry.name));
        if (compressible) await compressFile(join(entry.parentPath, entry.name));
      }
    },
  };
}

async function compressFile(path: string): Promise<void> {
  const content = await readFile(path);
  if (content.length < SHORTEST) return;
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
    [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
  };
  await keepIfShorter(`${path}.br`, await brotli(content, { params }), content);
  await keepIfShorter(`${path}.gz`, await deflate(content, { level: constants.Z_BEST_COMPRESSION }), content);
}

async function keepIfShorter(path: string, compressed: Buffer, original: Buffer): Promise<void> {
  if (compressed.length < original.length) await writeFile(path, compressed);
}
