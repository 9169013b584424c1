import { create } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import {
  SelectionProgressSchema,
  SelectLettersResponseSchema,
} from '../../gen/picup/operations/v1/dead_letters_pb';
import { type Call, SelectionRun } from './selection-run.svelte';

const progress = (done: bigint, more: { finished?: boolean; stopped?: string } = {}) => ({
  progress: create(SelectionProgressSchema, { letters: 4n, done, ...more }),
});
const atOnce = () => Promise.resolve();

/** Answers call by call; what is an error is thrown. */
function answering(...calls: (ReturnType<typeof progress> | Error)[][]): {
  call: Call;
  continued: boolean[];
} {
  const continued: boolean[] = [];
  const call: Call = async function* (goesOn) {
    continued.push(goesOn);
    for (const answer of calls.shift() ?? []) {
      if (answer instanceof Error) throw answer;
      yield answer;
    }
  };
  return { call, continued };
}

describe('SelectionRun', () => {
  it('freezes before anything is sent', async () => {
    const run = new SelectionRun(atOnce);
    await run.freeze(() => Promise.resolve(create(SelectLettersResponseSchema, { letters: 4n })));
    expect([run.state, run.selection?.letters]).toEqual(['ready', 4n]);
  });

  it('calls again until it is finished, as the same run', async () => {
    const { call, continued } = answering([progress(1n), progress(2n)], [progress(4n, { finished: true })]);
    const run = new SelectionRun(atOnce);
    await run.work(call);
    expect(run.state).toBe('finished');
    expect(run.progress?.done).toBe(4n);
    expect(continued).toEqual([false, true]);
  });

  it('stops when the services do', async () => {
    const { call } = answering([progress(2n, { stopped: 'most failed again' })]);
    const run = new SelectionRun(atOnce);
    await run.work(call);
    expect(run.state).toBe('stopped');
  });

  it('tries again what may work later, and tells what does not', async () => {
    const away = new ConnectError('away', Code.Unavailable);
    const gone = new ConnectError('the queue is gone', Code.FailedPrecondition);
    const { call, continued } = answering([progress(1n), away], [gone]);
    const run = new SelectionRun(atOnce);
    await run.work(call);
    expect([run.state, run.error]).toEqual(['failed', gone]);
    expect(continued).toEqual([false, true]);
  });

  it('does not try for ever', async () => {
    const away = () => [new ConnectError('away', Code.Unavailable)];
    const { call, continued } = answering(away(), away(), away(), away(), away(), away());
    const run = new SelectionRun(atOnce);
    await run.work(call);
    expect([run.state, continued.length]).toEqual(['failed', 5]);
  });
});
