import { describe, expect, it } from 'vitest';
import { countFrames, longTasks, pageProcess, type TraceEvent } from './trace';

const PAGE = 7;
const OTHER = 8;
const MAIN = 1;

const started = event('TracingStartedInBrowser', {
  pid: OTHER,
  args: { data: { frames: [{ processId: PAGE }] } },
});
const mainThread = event('thread_name', { ph: 'M', args: { name: 'CrRendererMain' } });

function event(name: string, rest: Partial<TraceEvent> = {}): TraceEvent {
  return { name, ph: 'X', pid: PAGE, tid: MAIN, ts: 0, ...rest };
}

function task(
  milliseconds: number,
  processorMilliseconds: number,
  rest: Partial<TraceEvent> = {},
): TraceEvent {
  return event('RunTask', { dur: milliseconds * 1000, tdur: processorMilliseconds * 1000, ...rest });
}

function frame(sequence: number, state: string, rest: Partial<TraceEvent> = {}): TraceEvent {
  const args = { frame_reporter: { frame_sequence: sequence, state: `STATE_${state}` } };
  return event('PipelineReporter', { ph: 'b', args, ...rest });
}

describe('pageProcess', () => {
  it('is the one that the trace was started for', () => {
    expect(pageProcess([mainThread, started])).toBe(PAGE);
    expect(() => pageProcess([mainThread])).toThrow();
  });
});

describe('longTasks', () => {
  it("are those of the page's main thread above 50 ms, the longest first, with their processor time", () => {
    const events = [
      started,
      mainThread,
      task(50, 50),
      task(60, 10),
      task(90, 80),
      task(900, 900, { tid: 2 }),
      task(900, 900, { pid: OTHER }),
      event('RunTask'),
    ];
    expect(longTasks(events)).toEqual([
      { milliseconds: 90, processorMilliseconds: 80 },
      { milliseconds: 60, processorMilliseconds: 10 },
    ]);
  });
});

describe('countFrames', () => {
  it('counts each frame once, by the best that is reported of it', () => {
    const events = [
      started,
      ...[frame(1, 'PRESENTED_ALL'), frame(1, 'PRESENTED_ALL')],
      // The compositor has moved the page in time; the rest came later.
      ...[frame(2, 'PRESENTED_PARTIAL'), frame(2, 'PRESENTED_ALL')],
      frame(3, 'PRESENTED_PARTIAL'),
      frame(4, 'DROPPED'),
      ...[frame(5, 'DROPPED'), frame(5, 'PRESENTED_ALL')],
    ];
    expect(countFrames(events)).toEqual({ whole: 2, partly: 2, dropped: 1 });
  });

  it('leaves out frames without a change, the ends of reports, and those of other processes', () => {
    const events = [
      started,
      frame(1, 'NO_UPDATE_DESIRED'),
      frame(2, 'DROPPED', { ph: 'e' }),
      frame(3, 'DROPPED', { pid: OTHER }),
    ];
    expect(countFrames(events)).toEqual({ whole: 0, partly: 0, dropped: 0 });
  });
});
