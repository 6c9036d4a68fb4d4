import { Refusal } from '@throughline/core';
import type { CountEntry } from '../score/entry';
import { dayOf } from '../score/entry';
import { classOf } from './causes';

export type CaseKind = 'low_score' | 'complaint' | 'broken_promise' | 'other';
export type CaseState = 'received' | 'acknowledged' | 'assessed' | 'investigated' | 'responded' | 'closed';
export type CaseOutcome = 'recovered' | 'partly' | 'lost';

/** The steps of ISO 10002, in their order. */
export const caseStates: readonly CaseState[] = [
  'received',
  'acknowledged',
  'assessed',
  'investigated',
  'responded',
  'closed',
];

export interface CaseCause {
  causeId: string;
  failurePointId: string;
  customerError: boolean;
  repeatCount: number;
  note: string;
}

export interface Compensation {
  id: string;
  at: number;
  agentId: string;
  approverId: string;
  amount: number;
  what: string;
  /** Kind of action; the usual one when absent. */
  action?: string | undefined;
}

/** A case that somebody outside settles, after ISO 10003. */
export interface Dispute {
  body: string;
  reference: string;
  actorId: string;
  note: string;
  at: number;
  result: string;
  settledAt?: number | undefined;
}

/** What is known of a case when it is opened. */
export interface CaseTerms {
  id: string;
  kind: CaseKind;
  customerId: string;
  contactPoint: string;
  conversationId: string;
  issueId: string;
  channel: string;
  language: string;
  invitationId: string;
  promiseId: string;
  what: string;
  ownerId: string;
  teamId: string;
  mayContact: boolean;
  dueAt: number;
}

/** Somebody was let down; what is done about it. */
export interface RecoveryCase extends CaseTerms {
  state: CaseState;
  openedAt: number;
  respondedAt?: number | undefined;
  overdueAt?: number | undefined;
  closedAt?: number | undefined;
  steps: { at: number; state: CaseState; actorId: string; note: string }[];
  compensations: Compensation[];
  cause?: CaseCause | undefined;
  outcome?: CaseOutcome | undefined;
  /** Improvements that notification was asked to tell about. */
  told: string[];
  /** Those of them that did not reach the customer, and why. */
  untold?: { improvementId: string; reason: string }[] | undefined;
  /** Those of them that did. */
  heard?: string[] | undefined;
  counts: CountEntry[];
  /** One with each body; cases of earlier versions have none. */
  disputes?: Dispute[] | undefined;
}

export type CaseEvent =
  | { type: 'opened'; at: number; terms: CaseTerms }
  | { type: 'assigned'; at: number; ownerId: string; teamId: string }
  | { type: 'advanced'; at: number; from: CaseState; to: CaseState; actorId: string; note: string }
  | { type: 'compensated'; at: number; compensation: Compensation; entries: CountEntry[] }
  | { type: 'causeSet'; at: number; cause: CaseCause; entries: CountEntry[] }
  | { type: 'overdue'; at: number }
  | { type: 'escalated'; at: number; dispute: Dispute }
  | { type: 'told'; at: number; improvementId: string; youSaid: string; weDid: string; to: string; language: string }
  | { type: 'heard'; at: number; improvementId: string; weDid: string }
  | { type: 'notTold'; at: number; improvementId: string; reason: string; detail: string }
  | { type: 'closed'; at: number; outcome: CaseOutcome; actorId: string; note: string; entries: CountEntry[] };

export type CaseCommand =
  | { type: 'open'; at: number; terms: CaseTerms }
  | { type: 'assign'; at: number; ownerId: string; teamId: string }
  | { type: 'advance'; at: number; to: CaseState; actorId: string; note: string }
  | { type: 'compensate'; at: number; compensation: Compensation }
  | { type: 'setCause'; at: number; cause: CaseCause }
  | { type: 'overdue'; at: number }
  | ({ type: 'escalate' } & Omit<Dispute, 'settledAt'>)
  | { type: 'tell'; at: number; improvementId: string; youSaid: string; weDid: string; to: string; language: string }
  /** What became of the message that tells. */
  | { type: 'hear'; at: number; improvementId: string; weDid: string }
  | { type: 'miss'; at: number; improvementId: string; reason: string; detail: string }
  | { type: 'resolve'; at: number; outcome: CaseOutcome; actorId: string; note: string };

const no = (reason: string, message: string, state: RecoveryCase, more: Record<string, string> = {}): Refusal =>
  new Refusal('precondition', reason, message, { metadata: { state: state.state, case_id: state.id, ...more } });

const rank = (state: CaseState): number => caseStates.indexOf(state);

const openOr = (state: RecoveryCase): void => {
  if (state.state === 'closed') throw no('CASE_CLOSED', 'the case is closed', state);
};

const checkStep = (state: RecoveryCase, to: CaseState): void => {
  const next = caseStates[rank(state.state) + 1];
  if (rank(to) < rank(state.state)) throw no('STEP_BACKWARDS', `it is ${state.state} already`, state);
  // A complaint is owed every step; what was seen by ourselves may be answered at once.
  if (state.kind === 'complaint' && to !== next) {
    throw no('STEP_LEFT_OUT', `a complaint that is ${state.state} is ${next} next`, state, { next: String(next) });
  }
};

/** The case grows the count of its failure point, and shrinks the one it had been counted with. */
const causeEntries = (state: RecoveryCase, cause: CaseCause): CountEntry[] => {
  const before = state.cause?.failurePointId ?? '';
  const now = cause.failurePointId;
  if (before === now) return [];
  const spent = state.compensations.reduce((sum, { amount }) => sum + amount, 0);
  const entry = (id: string, sign: 1 | -1): CountEntry => ({
    id: `case/${state.id}/failure/${state.steps.length}/${id}/${sign}`,
    scopes: [`failure/${id}`],
    day: dayOf(state.openedAt),
    dims: {},
    add: { cases: sign, ...(spent > 0 ? { cost: sign * spent } : {}) },
  });
  return [...(before ? [entry(before, -1)] : []), ...(now ? [entry(now, 1)] : [])];
};

const closedEntries = (state: RecoveryCase, outcome: CaseOutcome): CountEntry[] => {
  const { id, openedAt, cause, kind, compensations } = state;
  const causeId = cause?.causeId ?? '';
  const cost = compensations.reduce((sum, { amount }) => sum + amount, 0);
  const dims = { class: classOf(causeId), cause: causeId, failure_point: cause?.failurePointId ?? '', kind };
  const add = { cases: 1, [outcome]: 1, ...(cost > 0 ? { cost } : {}) };
  return [{ id: `case/${id}/closed`, scopes: ['cases'], day: dayOf(openedAt), dims, add }];
};

const resolve = (state: RecoveryCase, command: Extract<CaseCommand, { type: 'resolve' }>): CaseEvent[] => {
  const { at, outcome, actorId, note } = command;
  if (state.state === 'closed' && state.outcome === outcome) return [];
  openOr(state);
  checkStep(state, 'closed');
  const { cause } = state;
  // Whoever errs is looked at last: an error that comes back is a fault of what made it easy.
  if (cause?.customerError && (cause.causeId === '' || cause.repeatCount < 1)) {
    throw no(
      'CUSTOMER_ERROR_UNEXPLAINED',
      'a customer error is not closed before it is said how often it was seen and what makes it happen',
      state,
      { missing: cause.causeId === '' ? 'cause_id' : 'repeat_count' },
    );
  }
  return [{ type: 'closed', at, outcome, actorId, note, entries: closedEntries(state, outcome) }];
};

const advance = (state: RecoveryCase, command: Extract<CaseCommand, { type: 'advance' }>): CaseEvent[] => {
  const { at, to, actorId, note } = command;
  openOr(state);
  if (to === state.state) return [];
  checkStep(state, to);
  return [{ type: 'advanced', at, from: state.state, to, actorId, note }];
};

const compensate = (state: RecoveryCase, at: number, compensation: Compensation): CaseEvent[] => {
  if (state.compensations.some(({ id }) => id === compensation.id)) return [];
  openOr(state);
  const failure = state.cause?.failurePointId ?? '';
  const id = `case/${state.id}/compensation/${compensation.id}`;
  const entry = {
    id,
    scopes: [`failure/${failure}`],
    day: dayOf(state.openedAt),
    dims: {},
    add: { cost: compensation.amount },
  };
  return [{ type: 'compensated', at, compensation, entries: failure ? [entry] : [] }];
};

const MOST_DISPUTES = 10;

/** Whoever goes outside had our own answer first; what was settled there is not settled once more. */
const escalate = (
  state: RecoveryCase,
  { type: _, ...given }: Extract<CaseCommand, { type: 'escalate' }>,
): CaseEvent[] => {
  const { at, body, result } = given;
  const disputes = state.disputes ?? [];
  const before = disputes.find((one) => one.body === body);
  const reference = given.reference || before?.reference || '';
  if (!before) {
    if (state.respondedAt === undefined && state.state !== 'closed') {
      throw no('CASE_NOT_RESPONDED', 'the customer has no answer of ours yet', state);
    }
    if (result) throw no('DISPUTE_NOT_FOUND', `the case was not taken to ${body}`, state);
    if (disputes.length >= MOST_DISPUTES) throw no('TOO_MANY_DISPUTES', `at most ${MOST_DISPUTES} bodies`, state);
    return [{ type: 'escalated', at, dispute: { ...given, reference } }];
  }
  if (before.settledAt !== undefined && result && result !== before.result) {
    throw no('DISPUTE_SETTLED', `${body} has settled it already`, state);
  }
  const note = given.note || before.note;
  const settled = before.result || result;
  if (reference === before.reference && note === before.note && settled === before.result) return [];
  const settledAt = before.settledAt ?? (result ? at : undefined);
  return [{ type: 'escalated', at, dispute: { ...before, reference, note, result: settled, settledAt } }];
};

/** Why the customer did not hear of an improvement although notification was asked; undefined when nothing is known to be wrong. */
export const whyUntold = ({ untold }: RecoveryCase, improvementId: string): string | undefined =>
  untold?.find((one) => one.improvementId === improvementId)?.reason;

/** What a command comes to; nothing when it is a repetition. */
export const decideCase = (state: RecoveryCase | undefined, command: CaseCommand): CaseEvent[] => {
  const { at } = command;
  if (command.type === 'open') return state ? [] : [{ type: 'opened', at, terms: command.terms }];
  if (!state) throw new Refusal('not_found', 'CASE_NOT_FOUND', 'there is no such case');
  switch (command.type) {
    case 'assign': {
      openOr(state);
      const { ownerId, teamId } = command;
      return ownerId === state.ownerId && teamId === state.teamId ? [] : [{ type: 'assigned', at, ownerId, teamId }];
    }
    case 'advance':
      return advance(state, command);
    case 'compensate':
      return compensate(state, at, command.compensation);
    case 'setCause':
      openOr(state);
      return [{ type: 'causeSet', at, cause: command.cause, entries: causeEntries(state, command.cause) }];
    case 'overdue':
      return state.overdueAt !== undefined || state.respondedAt !== undefined || state.state === 'closed'
        ? []
        : [{ type: 'overdue', at }];
    case 'escalate':
      return escalate(state, command);
    case 'tell': {
      const { improvementId, youSaid, weDid, to, language } = command;
      return state.told.includes(improvementId)
        ? []
        : [{ type: 'told', at, improvementId, youSaid, weDid, to, language }];
    }
    case 'hear': {
      const { improvementId, weDid } = command;
      const known = state.heard?.includes(improvementId) || whyUntold(state, improvementId) !== undefined;
      return known || !state.told.includes(improvementId) ? [] : [{ type: 'heard', at, improvementId, weDid }];
    }
    case 'miss': {
      const { improvementId, reason, detail } = command;
      const known = whyUntold(state, improvementId) !== undefined;
      return known || !state.told.includes(improvementId)
        ? []
        : [{ type: 'notTold', at, improvementId, reason, detail }];
    }
    case 'resolve':
      return resolve(state, command);
  }
};

/** The case after an event. */
export const evolveCase = (state: RecoveryCase | undefined, event: CaseEvent): RecoveryCase => {
  if (event.type === 'opened') {
    const { terms, at } = event;
    const steps = [{ at, state: 'received' as const, actorId: '', note: '' }];
    return { ...terms, state: 'received', openedAt: at, steps, compensations: [], told: [], counts: [] };
  }
  const before = state!;
  switch (event.type) {
    case 'assigned':
      return { ...before, ownerId: event.ownerId, teamId: event.teamId };
    case 'advanced': {
      const { at, to, actorId, note } = event;
      const steps = [...before.steps, { at, state: to, actorId, note }];
      return { ...before, state: to, steps, respondedAt: to === 'responded' ? at : before.respondedAt };
    }
    case 'compensated': {
      const compensations = [...before.compensations, event.compensation];
      return { ...before, compensations, counts: [...before.counts, ...event.entries] };
    }
    case 'causeSet': {
      const steps = [
        ...before.steps,
        { at: event.at, state: before.state, actorId: '', note: `cause: ${event.cause.causeId}` },
      ];
      return { ...before, cause: event.cause, steps, counts: [...before.counts, ...event.entries] };
    }
    case 'overdue':
      return { ...before, overdueAt: event.at };
    case 'escalated': {
      const others = (before.disputes ?? []).filter(({ body }) => body !== event.dispute.body);
      const disputes = [...others, event.dispute].sort((a, b) => a.at - b.at);
      return { ...before, disputes };
    }
    case 'told':
      return { ...before, told: [...before.told, event.improvementId] };
    case 'heard':
      return { ...before, heard: [...(before.heard ?? []), event.improvementId] };
    case 'notTold': {
      const { improvementId, reason } = event;
      return { ...before, untold: [...(before.untold ?? []), { improvementId, reason }] };
    }
    case 'closed': {
      const { at, outcome, actorId, note } = event;
      const steps = [...before.steps, { at, state: 'closed' as const, actorId, note }];
      const counts = [...before.counts, ...event.entries];
      return { ...before, state: 'closed', outcome, closedAt: at, steps, counts };
    }
  }
};
