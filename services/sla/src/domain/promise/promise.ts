import { Refusal } from '@throughline/core';
import { LATEST } from '../calendar/openings';

export type PromiseState = 'proposed' | 'dismissed' | 'open' | 'kept' | 'late' | 'broken' | 'withdrawn';
export type PromiserKind = 'agent' | 'bot' | 'team' | 'campaign';

/** What somebody told a customer they would do, and until when. */
export interface Commitment {
  id: string;
  conversationId: string;
  customerId: string;
  contactPoint: string;
  /** What was promised, in words. */
  what: string;
  /** The words it was promised with, and the message they stand in. */
  quote: string;
  messageId: string;
  promiser: { kind: PromiserKind; id: string };
  teamId: string;
  /** Who sees to it, and is reminded. */
  ownerId: string;
  dueAt: number;
  /** Zone in which the customer reads the due time. */
  zone: string;
  state: PromiseState;
  madeAt: number;
  /** How long before the due time the owner is reminded, and the customer is told when it cannot be kept. */
  remindMs: number;
  noticeMs: number;
  remindedFor?: number | undefined;
  noticedFor?: number | undefined;
  settledAt?: number | undefined;
  brokenAt?: number | undefined;
  renegotiations: { at: number; from: number; to: number; reason: string }[];
  reason: string;
}

export type Terms = Pick<
  Commitment,
  | 'id'
  | 'conversationId'
  | 'customerId'
  | 'contactPoint'
  | 'what'
  | 'quote'
  | 'messageId'
  | 'promiser'
  | 'teamId'
  | 'ownerId'
  | 'dueAt'
  | 'zone'
  | 'remindMs'
  | 'noticeMs'
>;

export type PromiseEvent =
  | { type: 'proposed'; at: number; terms: Terms }
  | { type: 'dismissed'; at: number; reason: string }
  | { type: 'made'; at: number; terms: Terms }
  | { type: 'dueSoon'; at: number; dueAt: number }
  | { type: 'noticeRequested'; at: number; dueAt: number }
  | { type: 'kept'; at: number; late: boolean; note: string }
  | { type: 'broken'; at: number; dueAt: number }
  | { type: 'renegotiated'; at: number; from: number; to: number; reason: string }
  | { type: 'withdrawn'; at: number; reason: string };

export type PromiseCommand =
  | { type: 'make'; at: number; terms: Terms }
  /** What a reply seems to promise; a person decides. */
  | { type: 'propose'; at: number; terms: Terms }
  /** Empty words and no due time leave what was proposed. */
  | { type: 'confirm'; at: number; dueAt?: number | undefined; what: string; ownerId: string }
  | { type: 'dismiss'; at: number; reason: string }
  | { type: 'keep'; at: number; note: string }
  | { type: 'renegotiate'; at: number; dueAt: number; reason: string }
  | { type: 'withdraw'; at: number; reason: string }
  | { type: 'check'; at: number };

const no = (reason: string, message: string, state: Commitment): Refusal =>
  new Refusal('precondition', reason, message, { metadata: { state: state.state, promise_id: state.id } });

const DAY = 86_400_000;
/** A promise is due within ten years. */
const FURTHEST = 10 * 366 * DAY;

const checkDue = (field: string, dueAt: number, now: number): void => {
  const wrong = (rule: string, description: string) =>
    new Refusal('invalid', rule, `${field}: ${description}`, {
      violations: [{ field, rule: rule.toLowerCase(), description }],
    });
  if (!Number.isFinite(dueAt) || dueAt > Math.min(now + FURTHEST, LATEST)) {
    throw wrong('DUE_TOO_FAR', 'must lie within ten years');
  }
  if (dueAt <= now) throw wrong('DUE_IN_THE_PAST', 'must lie in the future');
};

/** What has come by now: the reminder, the word to the customer, the breaking. Each once for a due time. */
const passed = (state: Commitment, now: number): PromiseEvent[] => {
  if (state.state !== 'open') return [];
  const { dueAt, madeAt, remindMs, noticeMs } = state;
  const moved = state.renegotiations.at(-1)?.at ?? madeAt;
  const events: PromiseEvent[] = [];
  const remindAt = Math.max(dueAt - remindMs, moved);
  if (remindMs > 0 && state.remindedFor !== dueAt && remindAt <= now) {
    events.push({ type: 'dueSoon', at: remindAt, dueAt });
  }
  const noticeAt = Math.max(dueAt - noticeMs, moved);
  if (noticeMs > 0 && state.noticedFor !== dueAt && noticeAt <= now) {
    events.push({ type: 'noticeRequested', at: noticeAt, dueAt });
  }
  if (dueAt < now) events.push({ type: 'broken', at: dueAt, dueAt });
  return events;
};

const HOUR = 3_600_000;

/** How long before the due time the owner is reminded and the customer is told, when nobody said otherwise. */
export const leadTimes = (dueAt: number, now: number): { remindMs: number; noticeMs: number } => {
  const remindMs = Math.floor(Math.max(Math.min((dueAt - now) / 4, HOUR), 0));
  return { remindMs, noticeMs: Math.floor(remindMs / 2) };
};

/** What a person makes of a proposal. */
const settleProposal = (
  state: Commitment,
  command: PromiseCommand & { type: 'confirm' | 'dismiss' },
): PromiseEvent[] => {
  const { at } = command;
  if (command.type === 'dismiss') {
    if (state.state === 'dismissed') return [];
    if (state.state === 'proposed') return [{ type: 'dismissed', at, reason: command.reason }];
  } else if (state.state === 'proposed') {
    const dueAt = command.dueAt ?? state.dueAt;
    checkDue('due_at', dueAt, at);
    const { state: _, madeAt, renegotiations, reason, ...proposed } = state;
    const words = { what: command.what || state.what, ownerId: command.ownerId || state.ownerId };
    return [{ type: 'made', at, terms: { ...proposed, ...words, dueAt, ...leadTimes(dueAt, at) } }];
  }
  throw no('PROMISE_NOT_PROPOSED', `the promise is ${state.state}`, state);
};

const openOr = (state: Commitment, reason: string, message: string): void => {
  if (state.state !== 'open') throw no(reason, message, state);
};

/** What a command comes to; nothing when it is a repetition. */
export const decide = (state: Commitment | undefined, command: PromiseCommand): PromiseEvent[] => {
  const { at } = command;
  if (command.type === 'make') {
    if (state) throw new Refusal('already_exists', 'PROMISE_EXISTS', `there is a promise ${state.id} already`);
    checkDue('due_at', command.terms.dueAt, at);
    return [{ type: 'made', at, terms: command.terms }];
  }
  if (command.type === 'propose') return state || command.terms.dueAt <= at ? [] : [{ ...command, type: 'proposed' }];
  if (!state) throw new Refusal('not_found', 'PROMISE_NOT_FOUND', 'there is no such promise');
  if (command.type === 'confirm' || command.type === 'dismiss') return settleProposal(state, command);
  if (command.type === 'check') return passed(state, at);
  if (state.state === 'proposed' || state.state === 'dismissed') {
    throw no('PROMISE_NOT_CONFIRMED', `it was only proposed, and is ${state.state}`, state);
  }
  // Before anybody changes it: what had come already is said first, so that nobody can be quicker than the timer.
  const before = passed(state, at);
  const now = before.reduce(evolve, state) as Commitment;
  switch (command.type) {
    case 'keep': {
      if (now.state === 'kept' || now.state === 'late') return [];
      if (now.state === 'withdrawn') throw no('PROMISE_SETTLED', 'a withdrawn promise cannot be kept', now);
      return [...before, { type: 'kept', at, late: now.state === 'broken', note: command.note }];
    }
    case 'renegotiate': {
      if (now.state === 'broken') throw no('PROMISE_PAST_DUE', 'a promise moves only before it is due', now);
      openOr(now, 'PROMISE_SETTLED', `a promise that is ${now.state} cannot move`);
      if (command.dueAt === now.dueAt) return before;
      checkDue('due_at', command.dueAt, at);
      return [...before, { type: 'renegotiated', at, from: now.dueAt, to: command.dueAt, reason: command.reason }];
    }
    case 'withdraw': {
      if (now.state === 'withdrawn') return [];
      if (now.state === 'broken') throw no('PROMISE_PAST_DUE', 'a broken promise cannot be taken back', now);
      openOr(now, 'PROMISE_SETTLED', `a promise that is ${now.state} cannot be taken back`);
      return [...before, { type: 'withdrawn', at, reason: command.reason }];
    }
  }
};

/** The promise after an event. */
export const evolve = (state: Commitment | undefined, event: PromiseEvent): Commitment | undefined => {
  if (event.type === 'made' || event.type === 'proposed') {
    const kind = event.type === 'made' ? 'open' : 'proposed';
    return { ...event.terms, state: kind, madeAt: event.at, renegotiations: [], reason: '' };
  }
  if (!state) return undefined;
  switch (event.type) {
    case 'dueSoon':
      return { ...state, remindedFor: event.dueAt };
    case 'noticeRequested':
      return { ...state, noticedFor: event.dueAt };
    case 'kept':
      return { ...state, state: event.late ? 'late' : 'kept', settledAt: event.at, reason: event.note };
    case 'broken':
      return { ...state, state: 'broken', brokenAt: event.at };
    case 'withdrawn':
    case 'dismissed':
      return { ...state, state: event.type, settledAt: event.at, reason: event.reason };
    case 'renegotiated': {
      const { at, from, to, reason } = event;
      return { ...state, dueAt: to, renegotiations: [...state.renegotiations, { at, from, to, reason }].slice(-50) };
    }
  }
};

/** When somebody must look at it next. On the due moment itself it is still in time, so it is broken just after. */
export const nextMoment = (state: Commitment): number | undefined => {
  if (state.state !== 'open') return undefined;
  const { dueAt, remindMs, noticeMs } = state;
  return Math.min(
    remindMs > 0 && state.remindedFor !== dueAt ? dueAt - remindMs : dueAt + 1,
    noticeMs > 0 && state.noticedFor !== dueAt ? dueAt - noticeMs : dueAt + 1,
    dueAt + 1,
  );
};

/** Kept on time of all that are settled by being kept, late or broken; undefined when none is. */
export const keptRate = (counts: { kept: number; late: number; broken: number }): number | undefined => {
  const all = counts.kept + counts.late + counts.broken;
  return all === 0 ? undefined : counts.kept / all;
};
