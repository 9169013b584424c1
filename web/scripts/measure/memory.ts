import { readFile } from 'node:fs/promises';
import type { CDPSession } from '@playwright/test';

const KIBIBYTE = 1024;

/** What a page has in memory once all is thrown away that nobody needs any more. */
export interface Memory {
  /** Of its scripts. */
  readonly heapBytes: number;
  /** Of its document. */
  readonly nodes: number;
  /** Of its process: scripts, document, and pictures that are ready to be drawn. */
  readonly processBytes: number;
}

/** Throws away what nobody needs and looks at what is left. */
export async function usedMemory(session: CDPSession, process: number): Promise<Memory> {
  // What the first round has let go of may have held more.
  for (let round = 0; round < 2; round += 1) await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  const { nodes } = await session.send('Memory.getDOMCounters');
  return { heapBytes: usedSize, nodes, processBytes: await resident(process) };
}

/** What a process has in memory besides files, of which others have the same. */
async function resident(process: number): Promise<number> {
  const status = await readFile(`/proc/${process}/status`, 'utf8');
  const kibibytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
  return (kibibytes('RssAnon') + kibibytes('RssShmem')) * KIBIBYTE;
}
