/** An event of Chromium's trace. Times are microseconds. */
export interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  /** How long it took. */
  readonly dur?: number;
  /** How much processor time of that its thread had. */
  readonly tdur?: number;
  readonly args?: {
    readonly name?: string;
    readonly data?: { readonly frames?: readonly { readonly processId: number }[] };
    readonly frame_reporter?: { readonly frame_sequence: number; readonly state: string };
  };
}

/** What has to be traced for all that is read here. */
export const CATEGORIES = [
  '-*',
  'disabled-by-default-devtools.timeline',
  'disabled-by-default-devtools.timeline.frame',
];

/** What became of the frames in which something was to change. */
export interface Frames {
  /** All of what was to change was shown in time. */
  readonly whole: number;
  /** The page moved in time; what its script had to add came with a later frame. */
  readonly partly: number;
  /** Nothing was shown. */
  readonly dropped: number;
}

/** A task of the page's main thread. */
export interface Task {
  readonly milliseconds: number;
  /** Of the processor; the rest of the time it waited, as for other programs. */
  readonly processorMilliseconds: number;
}

/** From so many milliseconds on a task is a long one. */
const LONG = 50;

/** The process of the page that was traced. */
export function pageProcess(events: readonly TraceEvent[]): number {
  const started = events.find(({ name }) => name === 'TracingStartedInBrowser');
  const process = started?.args?.data?.frames?.[0]?.processId;
  if (process === undefined) throw new Error('the trace does not tell the process of the page');
  return process;
}

/** The tasks that kept the page from answering, the longest first. */
export function longTasks(events: readonly TraceEvent[]): Task[] {
  const process = pageProcess(events);
  const main = events.find(
    ({ name, pid, args }) => name === 'thread_name' && pid === process && args?.name === 'CrRendererMain',
  )?.tid;
  return events
    .filter(({ name, pid, tid }) => name === 'RunTask' && pid === process && tid === main)
    .map(({ dur = 0, tdur = 0 }) => ({ milliseconds: dur / 1000, processorMilliseconds: tdur / 1000 }))
    .filter(({ milliseconds }) => milliseconds > LONG)
    .sort((left, right) => right.milliseconds - left.milliseconds);
}

/**
 * Counts the page's frames by what its reporters say of each. A frame has two where the compositor moved it before
 * the page's script had done its share; then the better report counts. Frames without a change are left out.
 */
export function countFrames(events: readonly TraceEvent[]): Frames {
  const process = pageProcess(events);
  const states = new Map<number, Set<string>>();
  for (const { name, ph, pid, args } of events) {
    const report = args?.frame_reporter;
    if (name !== 'PipelineReporter' || ph !== 'b' || pid !== process || !report) continue;
    const known = states.get(report.frame_sequence) ?? new Set();
    states.set(report.frame_sequence, known.add(report.state));
  }
  const frames = { whole: 0, partly: 0, dropped: 0 };
  for (const known of states.values()) {
    if (known.has('STATE_PRESENTED_PARTIAL')) frames.partly += 1;
    else if (known.has('STATE_PRESENTED_ALL')) frames.whole += 1;
    else if (known.has('STATE_DROPPED')) frames.dropped += 1;
  }
  return frames;
}
