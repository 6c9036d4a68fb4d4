import { customerIdFor, Refusal, uuidFromHash } from '@throughline/core';
import type { AskDecision } from '../domain/ask/decide-ask';
import { decideAsk } from '../domain/ask/decide-ask';
import type { Docket, PlannedAsk, Resolution } from '../domain/ask/docket';
import { callSettled, conversationOf, decided, journeyOf, known, noFacts } from '../domain/ask/docket';
import type { Invitation } from '../domain/ask/invitation';
import { decideAnswer, decideFate, decideInvite, isOpen } from '../domain/ask/invitation';
import { cameAgain, newPerson, together } from '../domain/ask/person';
import type { Survey } from '../domain/survey/survey';
import { scaleOf } from '../domain/survey/survey';
import { addressOf } from './address';
import { answerByValue } from './answer';
import type { Asked, CustomerLinks, Dockets, Invitations, Key, People, Surveys } from './ports';

const DAY = 86_400_000;
/** Customers decided about at the same time. */
const LANES = 8;

export interface AskDeps {
  dockets: Dockets;
  people: People;
  invitations: Invitations;
  surveys: Surveys;
  customers: CustomerLinks;
  /** How soon a customer who is held back is looked at again. */
  lookAgainMs: number;
  now(): number;
}

interface Question {
  tenantId: string;
  conversationId: string;
  journey: string;
  invitationId: string;
  contactPoint: string;
  survey: Survey;
  giveUpAt: number;
  journeyOpen: boolean;
  byHand: boolean;
  /** The call it is asked in: there the customer is. */
  callId?: string | undefined;
  /** The caller delivers the link, to whatever address. */
  linkOnly?: boolean | undefined;
  matters?: string[] | undefined;
}

interface Asking {
  decision: AskDecision;
  customerId: string;
  /** Address the question goes to. */
  to: string;
}

/**
 * Decides whether a customer is asked. The decision and the note that they were asked are one write on one document of the
 * person, so two conversations on two addresses of one person cannot both ask.
 */
const askPerson = async (deps: AskDeps, question: Question): Promise<Asking> => {
  const { tenantId, contactPoint, survey, journey, conversationId, invitationId, callId, linkOnly } = question;
  const now = deps.now();
  const { customerId, points, ids } = await deps.customers.whois(tenantId, contactPoint);
  const to = callId || linkOnly ? contactPoint : addressOf(contactPoint, points);
  const others = await deps.people.loadMany(
    tenantId,
    ids.filter((id) => id !== customerId),
  );
  let decision: AskDecision | undefined;
  await deps.people.change(
    tenantId,
    customerId,
    (current) => {
      const person = together(customerId, [current ?? newPerson(customerId), ...others]);
      decision = decideAsk({
        ...question,
        lookAgainMs: deps.lookAgainMs,
        now,
        person,
        survey: survey.content,
        reachable: to !== '',
      });
      if (decision.kind !== 'ask') return [];
      const asked = { invitationId, journey, conversationId, at: now };
      return [{ type: 'fact', at: now, command: { type: 'asked', asked } }];
    },
    now,
  );
  return { decision: decision!, customerId, to };
};

const invite = async (
  deps: AskDeps,
  question: Question,
  { customerId, to }: Asking,
  more: Pick<Invitation, 'facts' | 'issueId' | 'language' | 'linkOnly' | 'endedAt' | 'caseId'>,
  asked?: Asked,
): Promise<Invitation> => {
  const { tenantId, survey, conversationId, invitationId, callId } = question;
  const now = deps.now();
  const terms = {
    ...more,
    id: invitationId,
    surveyId: survey.id,
    surveyVersion: survey.version,
    customerId,
    contactPoint: to,
    conversationId,
    channel: callId ? 'voice' : to.slice(0, to.indexOf(':')),
    ...(callId ? { callId } : {}),
    createdAt: now,
    closesAt: now + survey.content.openDays * DAY,
  };
  const made = await deps.invitations.change(
    tenantId,
    invitationId,
    (current) => decideInvite(current, terms, survey.content),
    now,
    asked,
  );
  return made!;
};

const invitationOf = (tenantId: string, journey: string): string => uuidFromHash('invitation', tenantId, journey);

const retired = (): AskDecision => ({
  kind: 'no',
  reason: 'SURVEY_RETIRED',
  detail: 'the survey is not in use any more',
});

/** An answer that was pressed after the call: nobody is asked any more. Undefined when the keys are no answer to the question. */
const answerByKeys = async (
  deps: AskDeps,
  tenantId: string,
  docket: Docket,
  ask: PlannedAsk,
): Promise<AskDecision | undefined> => {
  const { id: conversationId, facts, issueId, contactPoint } = docket;
  const survey = await deps.surveys.get(tenantId, ask.surveyId, ask.surveyVersion);
  const first = survey?.content.questions[0];
  const scale = first && scaleOf(first);
  const { keyed: value } = ask;
  if (!survey || !scale || value === undefined || value < scale[0] || value > scale[1]) return undefined;
  const journey = journeyOf(docket);
  const now = deps.now();
  const { customerId } = await deps.customers.whois(tenantId, contactPoint);
  const invitationId = invitationOf(tenantId, journey);
  const asked = { invitationId, journey, conversationId, at: now };
  const note = () => [{ type: 'fact' as const, at: now, command: { type: 'asked' as const, asked } }];
  await deps.people.change(tenantId, customerId, note, now);
  const question = { tenantId, conversationId, journey, invitationId, contactPoint, survey };
  const more = { facts, issueId, language: facts.language, linkOnly: true, endedAt: ask.endedAt };
  const whole = { ...question, giveUpAt: now, journeyOpen: false, byHand: false };
  await invite(deps, whole, { decision: { kind: 'ask' }, customerId, to: contactPoint }, more);
  const content = { numbers: { [first.id]: value }, words: {}, comment: '', mayContact: false };
  await deps.invitations.change(
    tenantId,
    invitationId,
    (current) =>
      current!.answer || !isOpen(current!, now)
        ? []
        : decideAnswer(current!, [{ ...first, required: false }], { at: now, content, via: 'keypad' }),
    now,
  );
  return { kind: 'ask' };
};

const elsewhere = (): AskDecision => ({
  kind: 'no',
  reason: 'ALREADY_ASKED',
  detail: 'the journey was asked about in another conversation',
});

/** Nobody heard the question of a call: whoever was in it was not asked. */
const settleUnheard = async (deps: AskDeps, tenantId: string, invitationId: string): Promise<void> => {
  const invitation = await deps.invitations.load(tenantId, invitationId);
  if (invitation?.fate?.state !== 'requested' || invitation.answer) return;
  const at = deps.now();
  const detail = 'the call was over before the question was asked';
  const fate = { state: 'refused' as const, reason: 'NOT_HEARD', detail, at, deliveryId: '' };
  const after = await deps.invitations.change(tenantId, invitationId, (current) => decideFate(current!, fate), at);
  if (after?.fate?.state !== 'refused') return;
  const command = { type: 'askMissed' as const, invitationId };
  await deps.people.apply([{ tenantId, id: invitation.customerId, command, at }], at);
};

/** Asks about one conversation. Two people may share an issue: who is first is asked, the invitation of the journey says so. */
const askAbout = async (deps: AskDeps, tenantId: string, docket: Docket, ask: PlannedAsk): Promise<AskDecision> => {
  const { id, issueId, contactPoint, facts, recovery } = docket;
  const conversationId = conversationOf(docket);
  const survey = await deps.surveys.get(tenantId, ask.surveyId, ask.surveyVersion);
  if (!survey || survey.archived) return retired();
  const journey = journeyOf(docket);
  const invitationId = invitationOf(tenantId, journey);
  const before = await deps.invitations.load(tenantId, invitationId);
  if (before && before.conversationId !== conversationId) return elsewhere();
  const question: Question = {
    tenantId,
    conversationId,
    journey,
    invitationId,
    contactPoint,
    survey,
    matters: recovery?.matters,
    giveUpAt: ask.giveUpAt,
    callId: ask.inCall ? docket.thread : undefined,
    journeyOpen: issueId !== '' && (await deps.dockets.issueGoesOn(tenantId, issueId, id)),
    byHand: false,
  };
  const asking = await askPerson(deps, question);
  if (asking.decision.kind !== 'ask') return asking.decision;
  const caseId = recovery?.caseId;
  const more = { facts, issueId, caseId, language: facts.language, linkOnly: false, endedAt: ask.endedAt };
  const made = await invite(deps, question, asking, more);
  // Decided while the call went on, and the call was over before that was noted.
  if (made.callId && !ask.inCall) await settleUnheard(deps, tenantId, invitationId);
  return made.conversationId === conversationId ? asking.decision : elsewhere();
};

const decideAskOf = async (deps: AskDeps, tenantId: string, docket: Docket, ask: PlannedAsk): Promise<void> => {
  const decision = (await answerByKeys(deps, tenantId, docket, ask)) ?? (await askAbout(deps, tenantId, docket, ask));
  const invitationId = invitationOf(tenantId, journeyOf(docket));
  const same = (current: Docket | undefined) => current?.ask?.endedAt === ask.endedAt;
  const now = deps.now();
  await deps.dockets.change(
    tenantId,
    docket.id,
    (current) => (same(current) ? decided(current!, decision, now, invitationId) : []),
    now,
  );
};

/** Whether the person came again about the same, now that the window is over. */
const judgeResolution = async (deps: AskDeps, tenantId: string, docket: Docket, { endedAt, dueAt }: Resolution) => {
  const { id, issueId, facts, contactPoint } = docket;
  const { customerId, ids } = await deps.customers.whois(tenantId, contactPoint);
  const person = together(customerId, await deps.people.loadMany(tenantId, ids));
  const again = cameAgain(person, { id, issueId, topic: facts.topic, endedAt, until: dueAt });
  const now = deps.now();
  const same = (current: Docket | undefined) => current?.resolution?.endedAt === endedAt;
  await deps.dockets.change(tenantId, id, (current) => (same(current) ? known(current!, now, !again) : []), now);
};

/** The call is over: takes what was pressed after it, and knows of those who pressed nothing whether they heard the question. */
const settleCall = async (deps: AskDeps, tenantId: string, { id, invitationId, callAsk }: Docket): Promise<void> => {
  const { keyed } = callAsk!;
  const found = keyed === undefined ? undefined : await deps.invitations.load(tenantId, invitationId);
  if (found) await answerByValue(deps, tenantId, found, { value: keyed!, via: 'keypad' });
  await settleUnheard(deps, tenantId, invitationId);
  const at = deps.now();
  const settle = (current: Docket | undefined) =>
    current?.callAsk?.settleAt === callAsk!.settleAt ? callSettled(current!, at) : [];
  await deps.dockets.change(tenantId, id, settle, at);
};

const lookAt = async (deps: AskDeps, { tenantId, id }: Key): Promise<void> => {
  const docket = await deps.dockets.load(tenantId, id);
  if (!docket) return;
  const { ask, resolution, callAsk } = docket;
  if (ask && ask.dueAt <= deps.now()) await decideAskOf(deps, tenantId, docket, ask);
  if (resolution && resolution.dueAt <= deps.now()) await judgeResolution(deps, tenantId, docket, resolution);
  if (callAsk?.settleAt !== undefined && callAsk.settleAt <= deps.now()) await settleCall(deps, tenantId, docket);
};

/**
 * Asks, holds back or lets go whoever is due in the shares of the work that are ours. Doing it twice has one effect, so a
 * process that was asleep when its lease ran out does no harm; the lease keeps two from doing the same work.
 */
export const askThoseDue =
  (deps: AskDeps, mine: () => number[], failed: (error: unknown) => void) =>
  async (limit = 200): Promise<number> => {
    const due = await deps.dockets.due(mine(), deps.now(), limit);
    const turns = due.values();
    // Side by side, because each waits for the database most of the time: two about one person meet on the person's document.
    const lane = async () => {
      for (const one of turns) if (mine().includes(one.shard)) await lookAt(deps, one).catch(failed);
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    return due.length;
  };

export interface ByHand {
  tenantId: string;
  survey: Survey;
  contactPoint: string;
  conversationId: string;
  language: string;
  linkOnly: boolean;
  invitationId: string;
  asked?: Asked | undefined;
}

/** Asks a customer on somebody's word. The rules that protect customers hold all the same; a no is a fact, too. */
export const inviteByHand = async (deps: AskDeps, command: ByHand): Promise<Invitation> => {
  const { tenantId, survey, contactPoint, conversationId, language, linkOnly, invitationId, asked } = command;
  const docket = conversationId ? await deps.dockets.load(tenantId, conversationId) : undefined;
  const now = deps.now();
  const journey = `by-hand/${invitationId}`;
  const base = { tenantId, conversationId, journey, invitationId, contactPoint, survey };
  const question: Question = { ...base, giveUpAt: now, journeyOpen: false, byHand: true, linkOnly };
  const asking = await askPerson(deps, question);
  const { decision } = asking;
  if (decision.kind !== 'ask') {
    const { reason, detail } = decision;
    await deps.people.change(
      tenantId,
      customerIdFor(tenantId, contactPoint),
      () => [{ type: 'notAsked', at: now, surveyId: survey.id, conversationId, contactPoint, reason, detail }],
      now,
    );
    throw new Refusal('precondition', reason, detail, { metadata: { survey_id: survey.id } });
  }
  const facts = docket?.facts ?? { ...noFacts, channel: asking.to.slice(0, asking.to.indexOf(':')) };
  return invite(
    deps,
    question,
    asking,
    {
      facts,
      issueId: docket?.issueId ?? '',
      language: language || facts.language,
      linkOnly,
      endedAt: now,
    },
    asked,
  );
};
