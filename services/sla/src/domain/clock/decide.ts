import { add, measure } from '../calendar/openings';
import type { Clock, ConversationState, Docket, Metric, Moment, Terms } from './clock';
import { clockIdOf, isEnded } from './clock';
import type { ClockCommand, ClockEvent } from './events';
import { evolve } from './evolve';
import type { Rules } from './policy';
import { sameTerms, termsFor } from './policy';

/** Clocks that stop when the matter is solved and go on when it is opened again. */
const resolution: readonly Metric[] = ['requester_wait', 'agent_work', 'time_to_solve'];
const updates: readonly Metric[] = ['periodic_update', 'pausable_update'];
const replies: readonly Metric[] = ['first_reply', 'next_reply'];

const isDone = (state: ConversationState): boolean => state === 'solved' || state === 'closed';

/** A docket while one command is worked out: each event changes what the next decision sees. */
interface Work {
  docket: Docket;
  events: ClockEvent[];
  rules: Rules;
}

const emit = (work: Work, event: ClockEvent): void => {
  work.docket = evolve(work.docket, event);
  work.events.push(event);
};

const openClocks = (work: Work, chosen?: readonly Metric[]): Clock[] =>
  work.docket.clocks.filter((clock) => !isEnded(clock) && (!chosen || chosen.includes(clock.metric)));

const openClock = (work: Work, metric: Metric): Clock | undefined => openClocks(work, [metric])[0];

// Facts may reach us late. What a clock has counted is never taken back, so time does not run backwards in a ledger.
const notBefore = (clock: Clock, at: number): number =>
  Math.max(at, clock.runningSince ?? clock.ledger.findLast(({ what }) => what !== 'warned')!.at);

/** Counted time of a clock at an instant. */
export const usedAt = (clock: Clock, at: number, rules: Rules): number =>
  clock.runningSince === undefined
    ? clock.usedMs
    : clock.usedMs + measure(rules.openings(clock.terms.calendars), clock.runningSince, at);

/** When each mark that has not come yet will come, for a clock that runs from `at` with this much used. */
const momentsOf = (terms: Terms, at: number, usedMs: number, fired: Moment[], rules: Rules): Moment[] => {
  const openings = rules.openings(terms.calendars);
  return terms.marks
    .filter(({ percent }) => !fired.some((mark) => mark.percent === percent))
    .flatMap(({ percent }) => {
      const left = Math.ceil((terms.targetMs * percent) / 100) - usedMs;
      const moment = left <= 0 ? at : add(openings, at, left);
      return moment === undefined ? [] : [{ percent, at: moment }];
    });
};

const dueOf = (terms: Terms, at: number, usedMs: number, rules: Rules): number | undefined => {
  const left = terms.targetMs - usedMs;
  return left <= 0 ? at : add(rules.openings(terms.calendars), at, left);
};

const start = (work: Work, metric: Metric, at: number, reason: string, team = ''): void => {
  if (openClock(work, metric)) return;
  const terms = termsFor(work.rules.policies, metric, work.docket.facts);
  if (!terms) return;
  const clockId = clockIdOf(work.docket.id, metric, (work.docket.counts[metric] ?? 0) + 1);
  const moments = momentsOf(terms, at, 0, [], work.rules);
  const dueAt = dueOf(terms, at, 0, work.rules);
  emit(work, { type: 'started', clockId, at, usedMs: 0, metric, team, terms, reason, dueAt, moments });
  standStill(work, metric, at);
};

/** Lets a clock that begins at an earlier moment stand still wherever the conversation's states since then say so. */
const standStill = (work: Work, metric: Metric, at: number): void => {
  const { states = [], state } = work.docket;
  const { pauseIn } = openClock(work, metric)!.terms;
  const still = (one: ConversationState): boolean => pauseIn.includes(one) || isDone(one);
  const first = states.findLast((one) => one.at <= at)?.state ?? (states.length > 0 ? 'new' : state);
  if (still(first)) pause(work, openClock(work, metric)!, at, `the conversation is ${words(first)}`);
  for (const { at: moved, state: to } of states) {
    const clock = openClock(work, metric)!;
    if (moved <= at || still(to) === (clock.runningSince === undefined)) continue;
    if (still(to)) pause(work, clock, moved, reasonOf(to));
    else resume(work, clock, moved, reasonOf(to));
  }
};

const STATES_KEPT = 100;

const withState = ({ states = [] }: Docket, at: number, state: ConversationState): Docket['states'] =>
  [...states, { at: Math.max(at, states.at(-1)?.at ?? at), state }].slice(-STATES_KEPT);

const words = (state: ConversationState): string => state.replace('_', ' ');

// A breach that the timer announced before it could know of an earlier stop was none. On the very moment is in time.
const withdrawn = (clock: Clock, at: number): boolean => clock.breachedAt !== undefined && clock.breachedAt >= at;

const clockOf = (work: Work, id: string): Clock => work.docket.clocks.find((clock) => clock.id === id)!;

/** Says what came before an instant and was not said yet, so that it does not matter whether the timer was first. */
const sayBefore = (work: Work, clock: Clock, at: number): Clock => {
  fireUntil(work, clock.id, at - 1);
  return clockOf(work, clock.id);
};

const pause = (work: Work, running: Clock, time: number, reason: string): void => {
  const at = notBefore(running, time);
  const clock = sayBefore(work, running, at);
  const usedMs = usedAt(clock, at, work.rules);
  const undone = withdrawn(clock, at);
  emit(work, { type: 'paused', clockId: clock.id, at, usedMs, reason, dueAt: clock.dueAt, withdrawn: undone });
};

const resume = (work: Work, clock: Clock, time: number, reason: string, reopened = false): void => {
  const at = notBefore(clock, time);
  const { usedMs, terms, fired } = clock;
  const dueAt = dueOf(terms, at, usedMs, work.rules);
  const moments = momentsOf(terms, at, usedMs, fired, work.rules);
  emit(work, { type: 'resumed', clockId: clock.id, at, usedMs, reason, reopened, dueAt, moments });
};

const stop = (work: Work, running: Clock, time: number, reason: string): void => {
  const at = notBefore(running, time);
  const clock = sayBefore(work, running, at);
  const usedMs = usedAt(clock, at, work.rules);
  const undone = withdrawn(clock, at);
  const met = clock.breachedAt === undefined || undone;
  emit(work, { type: 'stopped', clockId: clock.id, at, usedMs, reason, met, withdrawn: undone });
};

const cancel = (work: Work, running: Clock, time: number, reason: string): void => {
  const at = notBefore(running, time);
  const clock = sayBefore(work, running, at);
  const usedMs = usedAt(clock, at, work.rules);
  emit(work, { type: 'cancelled', clockId: clock.id, at, usedMs, reason, withdrawn: withdrawn(clock, at) });
};

const retarget = (work: Work, running: Clock, time: number, next: { terms: Terms; since: number }, reason: string) => {
  const at = notBefore(running, time);
  const clock = sayBefore(work, running, at);
  const { terms, since } = next;
  const { rules } = work;
  const extra = since < clock.startedAt ? measure(rules.openings(terms.calendars), since, clock.startedAt) : 0;
  const usedMs = usedAt(clock, at, rules) + extra;
  const runs = clock.runningSince !== undefined;
  const dueAt = runs ? dueOf(terms, at, usedMs, rules) : clock.dueAt;
  const moments = runs ? momentsOf(terms, at, usedMs, clock.fired, rules) : [];
  emit(work, { type: 'retargeted', clockId: clock.id, at, usedMs, reason, terms, since, dueAt, moments });
};

const startResolution = (work: Work, at: number, reason: string): void => {
  for (const metric of resolution) start(work, metric, at, reason);
};

/** After a change of what conditions look at: the first policy that matches now is the one that counts. */
const matchAgain = (work: Work, at: number, reason: string): void => {
  for (const clock of openClocks(work)) {
    const terms = termsFor(work.rules.policies, clock.metric, work.docket.facts);
    if (!terms) cancel(work, clock, at, `${reason}; no policy sets a target any more`);
    else if (!sameTerms(clock.terms, terms)) retarget(work, clock, at, { terms, since: clock.startedAt }, reason);
  }
  const { docket } = work;
  if (isDone(docket.state)) return;
  // What would run by now had the policy matched from the beginning runs from the beginning.
  startResolution(work, docket.openedAt, reason);
  if (docket.unansweredSince !== undefined) start(work, waitMetric(docket), docket.unansweredSince, reason);
};

// Until we have said anything the customer waits for the first reply; in a conversation that we began, for the next.
const waitMetric = (docket: Docket): Metric => (docket.replies === 0 ? 'first_reply' : 'next_reply');

const customerWaits = (work: Work, at: number): void => {
  if (work.docket.unansweredSince !== undefined) return;
  emit(work, { type: 'noted', patch: { unansweredSince: at } });
  start(work, waitMetric(work.docket), at, 'the customer wrote');
};

const replied = (work: Work, at: number, reason: string): void => {
  for (const clock of openClocks(work, replies)) stop(work, clock, at, reason);
  for (const clock of openClocks(work, updates)) stop(work, clock, at, 'an update was sent');
  emit(work, {
    type: 'noted',
    patch: { replies: work.docket.replies + 1, lastReplyAt: at, unansweredSince: undefined },
  });
  if (isDone(work.docket.state)) return;
  for (const metric of updates) start(work, metric, at, 'an update was sent');
};

const solved = (work: Work, at: number, to: ConversationState): void => {
  for (const clock of openClocks(work)) {
    if (replies.includes(clock.metric) || clock.metric === 'speed_of_answer') {
      cancel(work, clock, at, `${words(to)} without a reply`);
    } else stop(work, clock, at, words(to));
  }
  emit(work, { type: 'noted', patch: { unansweredSince: undefined, firstSolvedAt: work.docket.firstSolvedAt ?? at } });
};

const reopened = (work: Work, at: number): void => {
  emit(work, { type: 'noted', patch: { reopens: work.docket.reopens + 1 } });
  const { queueId } = work.docket.facts;
  const again: Metric[] = queueId ? [...resolution, 'team_time'] : [...resolution];
  for (const metric of again) {
    const last = work.docket.clocks.findLast((clock) => clock.metric === metric);
    const stopped = last?.ledger.at(-1)?.what === 'stopped';
    if (last && stopped) resume(work, last, at, 'opened again', true);
    else start(work, metric, at, 'opened again', metric === 'team_time' ? queueId : '');
  }
  if (work.docket.replies > 0) for (const metric of updates) start(work, metric, at, 'opened again');
};

const stateChanged = (work: Work, at: number, to: ConversationState): void => {
  const from = work.docket.state;
  if (from === to) return;
  emit(work, { type: 'noted', patch: { state: to, states: withState(work.docket, at, to) } });
  if (isDone(to)) {
    if (!isDone(from)) solved(work, at, to);
    return;
  }
  if (isDone(from)) reopened(work, at);
  for (const clock of openClocks(work)) {
    const standsStill = clock.terms.pauseIn.includes(to);
    if (standsStill && clock.runningSince !== undefined) pause(work, clock, at, reasonOf(to));
    if (!standsStill && clock.runningSince === undefined) resume(work, clock, at, reasonOf(to));
  }
};

const reasonOf = (state: ConversationState): string =>
  state === 'pending' ? 'waits for the customer' : state === 'on_hold' ? 'waits for a third party' : words(state);

const teamChanged = (work: Work, at: number, queueId: string): void => {
  const clock = openClock(work, 'team_time');
  if (clock) stop(work, clock, at, queueId ? `handed to ${queueId}` : 'left the queue');
  if (queueId && !isDone(work.docket.state)) start(work, 'team_time', at, `${queueId} has it`, queueId);
};

const factsChanged = (work: Work, at: number, patch: Partial<Docket['facts']>): void => {
  const before = work.docket.facts;
  const facts = { ...before, ...patch };
  emit(work, { type: 'noted', patch: { facts } });
  if (facts.queueId !== before.queueId) teamChanged(work, at, facts.queueId);
  const names = Object.keys(patch).filter(
    (name) => JSON.stringify(patch[name as keyof typeof patch]) !== JSON.stringify(before[name as keyof typeof before]),
  );
  if (names.length > 0) matchAgain(work, at, `${names.join(', ')} changed`);
};

const inherit = (work: Work, at: number, from: string, since: number): void => {
  if (work.docket.inherited.includes(from)) return;
  const { docket } = work;
  const earlier = docket.known ? Math.min(docket.openedAt, since) : since;
  emit(work, { type: 'noted', patch: { inherited: [...docket.inherited, from].slice(-50), openedAt: earlier } });
  for (const clock of openClocks(work, ['first_reply', ...resolution])) {
    if (clock.startedAt <= since) continue;
    retarget(work, clock, at, { terms: clock.terms, since }, `merged with ${from}, whose earlier start counts`);
  }
};

/** Says of one clock what is due by an instant, each mark once and in its order. */
const fireUntil = (work: Work, id: string, until: number): void => {
  for (;;) {
    const clock = clockOf(work, id);
    const due = clock.moments.filter(({ at }) => at <= until);
    const next = due.sort((a, b) => a.at - b.at || a.percent - b.percent)[0];
    if (!next) return;
    fire(work, clock, next);
  }
};

const fire = (work: Work, clock: Clock, { percent, at }: Moment): void => {
  const usedMs = usedAt(clock, at, work.rules);
  const base = { clockId: clock.id, at, usedMs, dueAt: clock.dueAt };
  const mark = clock.terms.marks.find((one) => one.percent === percent);
  if (percent === 100) emit(work, { type: 'breached', ...base });
  else if (!mark || mark.actions.length === 0) emit(work, { type: 'warned', ...base, percent });
  else emit(work, { type: 'escalated', ...base, percent, name: mark.name, actions: mark.actions });
};

const check = (work: Work, now: number): void => {
  for (const { id } of openClocks(work)) fireUntil(work, id, now);
};

const open = (work: Work, command: Extract<ClockCommand, { type: 'open' }>): void => {
  if (work.docket.known) return;
  const { at, facts, contactPoint, issueId } = command;
  // A merge may have told us of an earlier start before we heard of the opening.
  const openedAt = work.docket.openedAt > 0 ? Math.min(work.docket.openedAt, at) : at;
  emit(work, { type: 'noted', patch: { known: true, facts, contactPoint, issueId, openedAt, state: 'new' } });
  startResolution(work, openedAt, 'the conversation began');
  if (command.byCustomer) customerWaits(work, openedAt);
  if (facts.queueId) start(work, 'team_time', at, `${facts.queueId} has it`, facts.queueId);
};

type Reactions = {
  [T in Exclude<ClockCommand['type'], 'open' | 'inherit'>]: (
    work: Work,
    command: Extract<ClockCommand, { type: T }>,
  ) => void;
};

const reactions: Reactions = {
  customerWrote: (work, { at }) => customerWaits(work, at),
  weReplied: (work, { at }) => replied(work, at, 'we replied'),
  stateChanged: (work, { at, to }) => stateChanged(work, at, to),
  factsChanged: (work, { at, facts }) => factsChanged(work, at, facts),
  issueLinked: (work, { issueId }) => emit(work, { type: 'noted', patch: { issueId } }),
  callQueued: (work, { at }) => start(work, 'speed_of_answer', at, 'the call was queued'),
  callAnswered(work, { at }) {
    for (const clock of openClocks(work, ['speed_of_answer'])) stop(work, clock, at, 'the call was answered');
    replied(work, at, 'the call was answered');
  },
  callEnded(work, { at }) {
    for (const clock of openClocks(work, ['speed_of_answer'])) cancel(work, clock, at, 'the caller hung up');
  },
  merged(work, { at, into }) {
    for (const clock of openClocks(work)) cancel(work, clock, at, `merged into ${into}`);
    emit(work, { type: 'noted', patch: { mergedInto: into } });
  },
  check: (work, { at }) => check(work, at),
};

/** What a command comes to; nothing when it changes nothing. */
export const decide = (docket: Docket, command: ClockCommand, rules: Rules): ClockEvent[] => {
  const work: Work = { docket, events: [], rules };
  if (command.type === 'open') open(work, command);
  else if (command.type === 'inherit') inherit(work, command.at, command.from, command.since);
  else if (docket.known && !docket.mergedInto) reactions[command.type](work, command as never);
  return work.events;
};
