import { plural } from '../../i18n/plural';

const letters = (count: number) => plural(count, 'letter', 'letters');
const events = (count: number) => plural(count, 'event', 'events');

export const en = {
  title: 'Operations',
  onlyOperators: 'This page is for the operator',
  onlyOperatorsText:
    'It shows how this Pic-up runs, not anybody’s pictures. Sign in as the operator to see it.',
  lastSeen: 'Renewed every few seconds while this page is open.',
  notNow: (why: string) => `Not told now, so this is what was told last. ${why}`,

  allWell: 'All is well. Nothing waits for you.',
  unknown: 'Not everything answers, so nobody can say whether all is well.',
  outboxStuck: (age: string) => `The bus has not taken an event for ${age}.`,
  unrouted: (count: number) => `${events(count)} found no queue.`,
  nobodyReads: (projection: string) => `Nobody works for the read model ${projection}.`,
  deadLetters: (count: number) =>
    `${plural(count, 'dead letter waits', 'dead letters wait')} for a decision.`,
  blocked: (count: number) => `${plural(count, 'stream is', 'streams are')} blocked.`,

  outboxTitle: 'Outbox',
  outboxWhat: 'Events that are safe in the log and that the bus has not confirmed yet.',
  waiting: 'Waiting',
  oldest: 'Oldest waits for',
  noQueue: 'Found no queue',
  nobodyKnows: 'unknown',
  outboxAdvice:
    'RabbitMQ is away or has an alarm, or no relay runs. Nothing is lost: what people do goes on, but others see it late. See to the broker.',
  unroutedAdvice:
    'Consumers declare their bindings again every 10 seconds, and what lies there is published again. If it stays longer than a minute, look which service does not run.',

  projectionsTitle: 'Read models',
  projectionsWhat: 'What answers people’s questions, made from the log by its consumers.',
  generation: (number: number) => `generation ${number}`,
  upToDate: 'Up to date',
  lag: (count: number) => `${events(count)} behind`,
  lagUnknown: 'The broker does not say how far behind it is',
  retrying: (count: number) => `${events(count)} are tried again`,
  unfiled: (count: number) => `${plural(count, 'dead letter is', 'dead letters are')} not filed yet`,
  blockedHere: (count: number) => `${plural(count, 'stream', 'streams')} blocked`,
  consumers: (count: number) => plural(count, 'consumer', 'consumers'),
  nobodyReadsAdvice:
    'Nobody works off its queue: does projection-svc run, and does it reach RabbitMQ and its database?',
  buildProgress: (percent: string, left: string) =>
    `${percent} of the log is read${left && `, about ${left} left`}`,
  buildStopped: 'An operator has stopped it.',
  stateBuilding: 'being built',
  stateDraining: 'working off its queue',
  stateReady: 'ready to be switched to',
  stateLive: 'live',
  stateRetired: 'retired',
  stateDropping: 'being dropped',
  stateDropped: 'dropped',

  blockedTitle: 'Blocked streams',
  blockedWhat:
    'A read model stands still at an event of these that it cannot apply. Others go on, and their later events are safe in the log.',
  noneBlocked: 'None. Every event that was seen has been applied.',
  blockedAt: (projection: string, version: string) => `${projection} cannot apply event ${version}`,
  blockedMore: (count: number) => `and ${plural(count, 'more', 'more')}`,
  since: (ago: string) => `since ${ago}`,
  attempts: (count: number) => plural(count, 'attempt', 'attempts'),
  blockedAdvice:
    'Mend the cause, then try again. What can never be applied is passed over by discarding its dead letter.',
  retryStream: 'Try again now',
  streamFlows: (stream: string) => `${stream} has caught up.`,
  streamStillBlocked: (stream: string) => `${stream} is still blocked.`,

  lettersTitle: 'Dead letters',
  lettersWhat:
    'Events that a consumer gave up on. Each is in the log in any case; here is decided what becomes of it. Errors that differ in ids and numbers only are one group.',
  noLetters: 'None. Nothing was given up on.',
  lettersOf: (count: number, consumer: string) => `${letters(count)} of ${consumer}`,
  lastFailed: (ago: string) => `last failed ${ago}`,
  show: 'Show',
  replay: 'Replay…',
  discard: 'Discard…',
  actionFor: (action: string, what: string) => `${action} ${what}`,

  groupTitle: (consumer: string) => `Dead letters of ${consumer}`,
  replayAll: 'Replay all…',
  newestLetters: (count: number) =>
    count === 1
      ? 'One letter. Replay it once its cause is mended.'
      : `The newest ${letters(count)}. Replay one first to see whether the cause is mended.`,
  letter: (id: string) => `Letter ${id}`,
  unreadable: 'It cannot be read',
  eventOf: (type: string, version: string, stream: string) => `${type}, event ${version} of ${stream}`,
  event: 'The event',
  personalStaysSealed: 'Personal text stays sealed.',
  headers: 'Headers of the message',
  trace: 'Trace',
  failures: 'Failures',
  failure: (attempts: number) => `after ${plural(attempts, 'attempt', 'attempts')}`,
  bytes: 'Size',
  replayThis: 'Replay this letter…',
  discardThis: 'Discard this letter…',

  replayTitle: 'Replay dead letters',
  discardTitle: 'Discard dead letters',
  freezing: 'Freezing what waits now…',
  frozen: (count: number) =>
    `${plural(count, 'letter is', 'letters are')} frozen. What comes later, or fails again meanwhile, is not touched.`,
  frozenNone: 'Nothing waits any more: somebody has replayed or discarded it, or it failed again.',
  frozenGroup: (count: number, consumer: string) => `${letters(count)} to the queue of ${consumer}`,
  replayWhat:
    'Each goes once more to the consumer that gave it up, and to nobody else. Mend the cause first.',
  discardWhat:
    'They are given up for good. The events stay in the log; a read model that waits for one passes over it and goes on.',
  reason: 'Why? For those who ask later',
  replayAction: (count: number) => `Replay ${letters(count)}`,
  discardAction: (count: number) => `Discard ${letters(count)}`,
  progress: (done: number, all: number) => `${done.toLocaleString('en')} of ${all.toLocaleString('en')} done`,
  skipped: (count: number) => `${letters(count)} left alone: no longer as selected`,
  cameBack: (count: number) => `${plural(count, 'letter has', 'letters have')} failed again`,
  replayedInVain: (done: number, back: number) =>
    `${plural(done, 'letter was', 'letters were')} replayed, and ${plural(back, 'has', 'have')} failed again: look at what they say now.`,
  replayed: (count: number) => `${plural(count, 'letter was', 'letters were')} replayed.`,
  discarded: (count: number) => `${plural(count, 'letter was', 'letters were')} discarded.`,
  stillWatching: 'Looking for a few seconds whether any of them fails again…',
  noneCameBack: 'None of them has failed again so far.',
  stoppedTitle: 'Stopped: most of them fail again, so the cause is still there.',
  stoppedText: (back: number, done: number) =>
    `${back.toLocaleString('en')} of ${letters(done)} have come back. Mend the cause, or go on all the same.`,
  keepGoing: 'Go on all the same',
  failedText: 'What was done is done; the rest is as it was.',

  workTitle: 'Work still owed',
  workWhat:
    'What the log says must still happen. When nothing is going on, this is empty; what stays and grows older is stuck.',
  noWork: 'Nothing is owed.',
  count: 'Count',
  countAgain: 'Count again',
  counting: (percent: string) => `Reading the log: ${percent}`,
  countedAt: (when: string) => `Counted ${when}`,
  oldestSince: (age: string) => `the oldest for ${age}`,
  workPurges: 'Objects to remove',
  advicePurges:
    'Files of deleted items, until S3 has confirmed that they are gone. Stays? See to S3, the purger, and its dead letters.',
  workAlbums: 'Items to follow their album',
  adviceAlbums: 'Into the trash, or back. Stays? Does the purger run, and is album-listings behind?',
  workEmptiedTrash: 'Items of emptied trash',
  adviceEmptiedTrash: 'Stays? Does the purger run, and is album-listings behind?',
  workClosedAccounts: 'Closed accounts to erase',
  adviceClosedAccounts: 'Their items are removed first. Stays? Does the purger run?',
  workExpiredTrash: 'Trash whose time is over',
  adviceExpiredTrash: 'The daily sweep removes it. Older than a day? Run picup-purger sweep.',
  workExpiredUploads: 'Uploads that nobody completes',
  adviceExpiredUploads: 'The daily sweep gives them up. Older than a day? Run picup-purger sweep.',
  workRenditions: 'Previews to make',
  adviceRenditions: 'Stays? Does the thumbnailer run? Look at its dead letters.',
  workOutbox: 'Events for the bus',
  adviceOutbox: 'Stays? Is RabbitMQ away, or has it an alarm?',
  workUnapplied: (projection: string) => `Events for ${projection}`,
  adviceUnapplied: 'Stays? A stream may be blocked, or projection-svc is away.',

  logTitle: 'What operators did',
  logWhat: 'Everything an operator changes is recorded before it begins, with its outcome.',
  noActions: 'No operator has done anything yet.',
  actionReplay: 'Replayed dead letters',
  actionDiscard: 'Discarded dead letters',
  actionRetry: 'Tried a blocked stream again',
  actionRebuild: 'Began to rebuild a read model',
  actionStop: 'Stopped a rebuild',
  actionResume: 'Went on with a rebuild',
  actionCompare: 'Compared two generations',
  actionSwitch: 'Switched a read model to another generation',
  actionDrop: 'Dropped a generation',
  actionReveal: 'Opened names and titles of somebody’s things',
  actionBy: (operator: string) => `by ${operator}`,
  arguments: 'With what',
  olderActions: 'Show older',
};
