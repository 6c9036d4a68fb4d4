import type { CountEntry } from '../score/entry';
import { dayOf, dimsOf, populationScopes } from '../score/entry';
import type { JourneyFacts, Survey } from '../survey/survey';
import { scaleOf } from '../survey/survey';
import type { AskDecision, HoldReason, NoReason } from './decide-ask';

const DAY = 86_400_000;

/** A question that is due some time after the end of a journey. */
export interface PlannedAsk {
  surveyId: string;
  surveyVersion: number;
  endedAt: number;
  dueAt: number;
  giveUpAt: number;
  held: HoldReason | '';
  /** Keys pressed after the call answer the first question. */
  keypad: boolean;
  keyed?: number | undefined;
  /** To be asked within the call that goes on, once the agent has left it. What is held back or refused now is decided again after it. */
  inCall?: boolean | undefined;
}

/** A call in which the question was handed to the adapter. */
export interface CallAsk {
  /** When it is looked whether anybody heard it: the call is over. */
  settleAt?: number | undefined;
  settled?: boolean | undefined;
  /** Pressed after the call: a provider asks by itself. */
  keyed?: number | undefined;
  /** The conversation went on after that call. */
  past?: boolean | undefined;
}

/** A contact that was solved, until it is known whether it stayed so. */
export interface Resolution {
  agentId: string;
  endedAt: number;
  /** When the window is over. */
  dueAt: number;
}

/** A closed case that its customer is asked about. */
export interface Recovery {
  caseId: string;
  conversationId: string;
  /** Risks that come from the very matter: they hold no question about how it was made good. */
  matters: string[];
}

/** A conversation, or a recovery, as far as asking about it goes. */
export interface Docket {
  id: string;
  recovery?: Recovery | undefined;
  contactPoint: string;
  customerName: string;
  facts: JourneyFacts;
  issueId: string;
  /** It is solved or closed, or the call is over. */
  ended: boolean;
  callAnswered: boolean;
  /** The call as its channel names it. */
  thread?: string | undefined;
  callAsk?: CallAsk | undefined;
  callEndedAt?: number | undefined;
  merged: boolean;
  ask?: PlannedAsk | undefined;
  resolution?: Resolution | undefined;
  /** Whether it was solved at first is being found out, or known. */
  judged: boolean;
  invitationId: string;
  /** Last event of the conversation that is in here. */
  seen: number;
  counts: CountEntry[];
}

export type DocketEvent =
  | { type: 'planned'; at: number; ask: PlannedAsk; entry: CountEntry }
  | { type: 'heldBack'; at: number; surveyId: string; reason: HoldReason; detail: string; until: number }
  | { type: 'notAsked'; at: number; surveyId: string; reason: NoReason; detail: string; entry: CountEntry }
  | { type: 'asked'; at: number; invitationId: string }
  | { type: 'plannedInCall'; at: number; ask: PlannedAsk }
  | { type: 'askedInCall'; at: number; invitationId: string; entry: CountEntry }
  | { type: 'leftForLater'; at: number }
  | { type: 'callOver'; at: number; settleAt: number }
  | { type: 'keyedInCall'; at: number; value: number }
  | { type: 'callSettled'; at: number }
  | { type: 'keyed'; at: number; value: number }
  | { type: 'resolutionPlanned'; at: number; resolution: Resolution }
  | { type: 'resolutionKnown'; at: number; entries: CountEntry[] };

export type DocketStep =
  | {
      type: 'opened';
      at: number;
      contactPoint: string;
      customerName: string;
      facts: JourneyFacts;
      issueId: string;
      thread?: string | undefined;
    }
  | {
      type: 'recovered';
      at: number;
      contactPoint: string;
      facts: JourneyFacts;
      recovery: Recovery;
      mayContact: boolean;
    }
  | { type: 'factsChanged'; at: number; facts: Partial<JourneyFacts> }
  | { type: 'issueLinked'; at: number; issueId: string }
  | { type: 'ended'; at: number }
  | { type: 'resumed'; at: number }
  | { type: 'merged'; at: number }
  | { type: 'callAnswered'; at: number; agentId: string }
  | { type: 'callEnded'; at: number }
  | { type: 'keysPressed'; at: number; digits: string };

export const noFacts: JourneyFacts = {
  channel: '',
  queueId: '',
  agentId: '',
  topic: '',
  language: '',
  priority: '',
  tags: [],
  attributes: {},
};

export const emptyDocket = (id: string): Docket => ({
  id,
  contactPoint: '',
  customerName: '',
  facts: noFacts,
  issueId: '',
  ended: false,
  callAnswered: false,
  merged: false,
  judged: false,
  invitationId: '',
  seen: 0,
  counts: [],
});

/** The issue, or the conversation when there is none, or the recovery: what is asked about once. */
export const journeyOf = ({ id, issueId }: Docket): string => issueId || id;

/** The conversation that is asked about; empty for a recovery of none. */
export const conversationOf = ({ id, recovery }: Docket): string => (recovery ? recovery.conversationId : id);

const entryOf = (docket: Docket, ask: PlannedAsk, what: string, id: string): CountEntry => ({
  id: `docket/${docket.id}/${id}`,
  scopes: populationScopes(ask.surveyId, docket.recovery !== undefined),
  day: dayOf(ask.endedAt),
  dims: dimsOf(docket.facts, ask.surveyId),
  add: { [what]: 1 },
});

const dropped = (docket: Docket, at: number, reason: NoReason, detail: string): DocketEvent[] => {
  const { ask } = docket;
  if (!ask || ask.inCall) return [];
  const entry = entryOf(docket, ask, `not_asked:${reason}`, `${ask.endedAt}/no`);
  return [{ type: 'notAsked', at, surveyId: ask.surveyId, reason, detail, entry }];
};

const planned = (docket: Docket, at: number, survey: Survey | undefined): DocketEvent[] => {
  // Asked within the call: there is nothing to ask after it.
  if (!survey || docket.merged || (docket.callAsk && !docket.callAsk.past) || (docket.ask && !docket.ask.inCall))
    return [];
  const { content } = survey;
  const dueAt = at + content.delayMs;
  const ask: PlannedAsk = {
    surveyId: survey.id,
    surveyVersion: survey.version,
    endedAt: at,
    dueAt,
    giveUpAt: dueAt + content.holdDays * DAY,
    held: '',
    keypad: content.keypad,
  };
  const events: DocketEvent[] = [{ type: 'planned', at, ask, entry: entryOf(docket, ask, 'eligible', `${at}`) }];
  if (!docket.invitationId) return events;
  // Solved again: the journey was asked about the first time.
  return [...events, ...dropped({ ...docket, ask }, at, 'ALREADY_ASKED', 'the journey was asked about already')];
};

/** Plans the question for the end of a call that was just taken, where keys can answer it. */
const plannedInCall = (docket: Docket, at: number, survey: Survey | undefined): DocketEvent[] => {
  const { ended, merged, ask, invitationId, callAsk, thread, contactPoint } = docket;
  const first = survey?.content.questions[0];
  if (!survey?.content.keypad || !first || !scaleOf(first)) return [];
  if (ended || merged || ask || invitationId || callAsk || !thread || !contactPoint.startsWith('phone:')) return [];
  const when = { endedAt: at, dueAt: at, giveUpAt: at };
  const planned: PlannedAsk = {
    ...when,
    surveyId: survey.id,
    surveyVersion: survey.version,
    held: '',
    keypad: true,
    inCall: true,
  };
  return [{ type: 'plannedInCall', at, ask: planned }];
};

/** What asking depends on beside the conversation. */
export interface AskRules {
  surveyFor(facts: JourneyFacts, afterRecovery?: boolean): Survey | undefined;
  /** How long a solved contact waits for another one about the same. */
  windowMs: number;
  /** How long after a call news of its question may still be on the way. */
  settleMs: number;
}

const callOver = ({ callAsk }: Docket, at: number, settleMs: number): DocketEvent[] =>
  callAsk && callAsk.settleAt === undefined && !callAsk.settled
    ? [{ type: 'callOver', at, settleAt: at + settleMs }]
    : [];

const resolved = (docket: Docket, at: number, windowMs: number): DocketEvent[] => {
  if (docket.judged || docket.merged) return [];
  const resolution = { agentId: docket.facts.agentId, endedAt: at, dueAt: at + windowMs };
  return [{ type: 'resolutionPlanned', at, resolution }];
};

/** Whether the contact was solved at first, once that is known; nothing is counted of one that went into another. */
export const known = (docket: Docket, at: number, first: boolean | undefined): DocketEvent[] => {
  const { resolution, facts } = docket;
  if (!resolution) return [];
  if (first === undefined) return [{ type: 'resolutionKnown', at, entries: [] }];
  const scopes = ['resolution', ...(resolution.agentId ? [`resolution/${resolution.agentId}`] : [])];
  const add = { [first ? 'first' : 'repeated']: 1 };
  const base = { scopes, day: dayOf(resolution.endedAt), dims: dimsOf(facts, ''), add };
  return [{ type: 'resolutionKnown', at, entries: [{ id: `docket/${docket.id}/resolution`, ...base }] }];
};

const KEYPAD_MS = 10 * 60_000;

const keyed = ({ ask, callAsk, callEndedAt }: Docket, at: number, digits: string): DocketEvent[] => {
  const value = /^\d{1,2}/.exec(digits)?.[0];
  // Before the end the keys were meant for somebody else: a menu, a number that was asked for.
  const meant = callEndedAt !== undefined && at >= callEndedAt && at - callEndedAt <= KEYPAD_MS;
  if (!meant || value === undefined) return [];
  if (ask?.keypad) return [{ type: 'keyed', at, value: Number(value) }];
  return callAsk && !callAsk.past ? [{ type: 'keyedInCall', at, value: Number(value) }] : [];
};

/** The docket and its events after something that happened to the conversation. */
export const decideStep = (docket: Docket, step: DocketStep, rules: AskRules): DocketEvent[] => {
  const { at } = step;
  switch (step.type) {
    case 'callAnswered': {
      const facts = { ...docket.facts, agentId: step.agentId || docket.facts.agentId };
      return plannedInCall(docket, at, rules.surveyFor(facts));
    }
    case 'ended':
    case 'callEnded': {
      const over = step.type === 'callEnded' ? callOver(docket, at, rules.settleMs) : [];
      if (docket.ended || (step.type === 'callEnded' && !docket.callAnswered)) return over;
      return [...over, ...resolved(docket, at, rules.windowMs), ...planned(docket, at, rules.surveyFor(docket.facts))];
    }
    case 'recovered': {
      const ended = { ...docket, facts: step.facts, recovery: step.recovery };
      const events = planned(ended, at, rules.surveyFor(step.facts, true));
      if (step.mayContact || events.length === 0) return events;
      const after = events.reduce(evolveDocket, ended);
      return [...events, ...dropped(after, at, 'NO_CONSENT', 'the customer did not agree to be contacted about it')];
    }
    case 'resumed':
      return [...known(docket, at, false), ...dropped(docket, at, 'REOPENED', 'the conversation goes on')];
    case 'merged':
      return [
        ...known(docket, at, undefined),
        ...dropped(docket, at, 'MERGED', 'the conversation went into another one'),
      ];
    case 'keysPressed':
      return keyed(docket, at, step.digits);
    default:
      return [];
  }
};

/** A question that was planned for the call is none any more: the conversation is over, or gone into another one. */
const withoutCallPlan = (docket: Docket): Docket => (docket.ask?.inCall ? { ...docket, ask: undefined } : docket);

/** What the conversation itself says, before anything is decided about it. */
export const withStep = (docket: Docket, step: DocketStep): Docket => {
  switch (step.type) {
    case 'opened': {
      const { contactPoint, customerName, facts, issueId, thread } = step;
      return { ...docket, contactPoint, customerName, facts, issueId: issueId || docket.issueId, thread };
    }
    case 'recovered':
      return { ...docket, contactPoint: step.contactPoint, facts: step.facts, recovery: step.recovery, ended: true };
    case 'factsChanged':
      return { ...docket, facts: { ...docket.facts, ...step.facts } };
    case 'issueLinked':
      return { ...docket, issueId: step.issueId };
    case 'ended':
      return { ...withoutCallPlan(docket), ended: true };
    case 'resumed':
      // Solved again, it is said that the journey was asked about already.
      return { ...docket, ended: false, callAsk: docket.callAsk && { ...docket.callAsk, past: true } };
    case 'merged':
      return { ...withoutCallPlan(docket), merged: true, ended: true };
    case 'callAnswered':
      return {
        ...docket,
        callAnswered: true,
        facts: { ...docket.facts, agentId: step.agentId || docket.facts.agentId },
      };
    case 'callEnded':
      return { ...withoutCallPlan(docket), ended: docket.ended || docket.callAnswered, callEndedAt: step.at };
    case 'keysPressed':
      return docket;
  }
};

/** What becomes of a planned question once it is decided. */
export const decided = (docket: Docket, decision: AskDecision, now: number, invitationId: string): DocketEvent[] => {
  const { ask } = docket;
  if (!ask) return [];
  if (ask.inCall) {
    const entry = entryOf(docket, ask, 'eligible', `${ask.endedAt}`);
    const asked = decision.kind === 'ask';
    return [asked ? { type: 'askedInCall', at: now, invitationId, entry } : { type: 'leftForLater', at: now }];
  }
  if (decision.kind === 'ask') return [{ type: 'asked', at: now, invitationId }];
  const { reason, detail } = decision;
  if (decision.kind === 'no') return dropped(docket, now, decision.reason, detail);
  return [
    { type: 'heldBack', at: now, surveyId: ask.surveyId, reason: reason as HoldReason, detail, until: decision.until },
  ];
};

/** It is known whether the question of the call was heard. */
export const callSettled = ({ callAsk }: Docket, at: number): DocketEvent[] =>
  callAsk?.settleAt === undefined ? [] : [{ type: 'callSettled', at }];

/** The docket after an event. */
export const evolveDocket = (docket: Docket, event: DocketEvent): Docket => {
  switch (event.type) {
    case 'planned':
      return { ...docket, ask: event.ask, counts: [...docket.counts, event.entry] };
    case 'heldBack':
      return { ...docket, ask: docket.ask && { ...docket.ask, dueAt: event.until, held: event.reason } };
    case 'notAsked':
      return { ...docket, ask: undefined, counts: [...docket.counts, event.entry] };
    case 'asked':
      return { ...docket, ask: undefined, invitationId: event.invitationId };
    case 'plannedInCall':
      return { ...docket, ask: event.ask };
    case 'askedInCall': {
      const { invitationId, entry } = event;
      return { ...docket, ask: undefined, invitationId, callAsk: {}, counts: [...docket.counts, entry] };
    }
    case 'leftForLater':
      return { ...docket, ask: undefined };
    case 'callOver':
      return { ...docket, callAsk: { ...docket.callAsk, settleAt: event.settleAt } };
    case 'keyedInCall':
      return { ...docket, callAsk: { ...docket.callAsk, keyed: event.value, settleAt: event.at } };
    case 'callSettled':
      return { ...docket, callAsk: { ...docket.callAsk, settleAt: undefined, keyed: undefined, settled: true } };
    case 'keyed':
      return { ...docket, ask: docket.ask && { ...docket.ask, keyed: event.value, dueAt: event.at } };
    case 'resolutionPlanned':
      return { ...docket, resolution: event.resolution, judged: true };
    case 'resolutionKnown':
      return { ...docket, resolution: undefined, counts: [...docket.counts, ...event.entries] };
  }
};

/** One step of the conversation, with what follows from it. A step that was seen already changes nothing. */
export const fold = (
  docket: Docket,
  steps: { seq: number; step: DocketStep }[],
  rules: AskRules,
): { docket: Docket; events: DocketEvent[] } => {
  let state = docket;
  const events: DocketEvent[] = [];
  for (const { seq, step } of steps) {
    if (seq <= docket.seen) continue;
    const decidedNow = decideStep(state, step, rules);
    state = decidedNow.reduce(evolveDocket, withStep(state, step));
    state = { ...state, seen: Math.max(state.seen, seq) };
    events.push(...decidedNow);
  }
  return { docket: state, events };
};
