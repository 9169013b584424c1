import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const WEB = resolve(import.meta.dirname, '../..');
const READY = /Pic-up is running at (http:\/\/\S+)/;
const START_WITHIN = 180_000;
const STOP_WITHIN = 30_000;

/** A whole Pic-up with servers of its own, which serves the web app as it was built. */
export interface Stack {
  readonly url: string;
  readonly folder: string;
  stop(): Promise<void>;
}

/** Starts one in a folder. */
export async function startStack(parent: string): Promise<Stack> {
  const binary = resolve(process.env['PICUP_BIN'] ?? join(WEB, '../target/debug/picup'));
  const dist = resolve(process.env['PICUP_WEB_FOLDER'] ?? join(WEB, 'dist'));
  demand(binary, 'cargo build --package picup');
  demand(join(dist, 'index.html'), 'npm run build');

  const folder = join(parent, 'stack');
  const child = spawn(binary, ['up', '--folder', folder, '--address', '127.0.0.1:0', '--no-demo'], {
    env: {
      ...process.env,
      PICUP_WEB_FOLDER: dist,
      // All tests come from one address.
      PICUP_ACCESS_REQUESTS_PER_MINUTE: '100000',
      PICUP_SIGN_INS_PER_MINUTE: '100000',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = () => end(child);
  try {
    return { url: await untilReady(child), folder, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function demand(path: string, command: string): void {
  if (!existsSync(path)) throw new Error(`${path} is missing: run \`${command}\` first`);
}

async function untilReady(child: ChildProcess): Promise<string> {
  let log = '';
  const ready = new Promise<string>((found) => {
    const read = (text: string): void => {
      log += text;
      const url = READY.exec(log)?.[1];
      if (url !== undefined) found(url);
    };
    child.stdout?.setEncoding('utf8').on('data', read);
    child.stderr?.setEncoding('utf8').on('data', read);
  });
  const failed = once(child, 'exit').then(
    ([code, signal]: unknown[]) => `it ended with ${String(code ?? signal)}`,
  );
  const late = wait(START_WITHIN, `it was not ready within ${START_WITHIN / 1000} s`, { ref: false });
  const url = await Promise.race([ready, failed, late]);
  if (!url.startsWith('http')) throw new Error(`Pic-up does not start: ${url}\n${log}`);
  return url;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGINT');
  const late = await Promise.race([ended.then(() => false), wait(STOP_WITHIN, true, { ref: false })]);
  if (!late) return;
  child.kill('SIGKILL');
  await ended;
}
