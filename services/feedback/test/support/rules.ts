import type { AddressInfo } from 'node:net';
import { noTelemetry } from '@throughline/telemetry';
import { createWebApp } from '@throughline/web';
import type { AskQuestion } from '../../src/domain/ask/decide-ask';
import type { Invitation } from '../../src/domain/ask/invitation';
import type { PersonCommand } from '../../src/domain/ask/person';
import { content, facts, survey } from '../domain/fixtures';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 0, 15, 12);
const keys = [{ kid: 1, secret: 'k'.repeat(40) }];

/** Modules as they are, or with one of them broken. */
export interface Code {
  ask: typeof import('../../src/domain/ask/decide-ask');
  docket: typeof import('../../src/domain/ask/docket');
  invitation: typeof import('../../src/domain/ask/invitation');
  person: typeof import('../../src/domain/ask/person');
  links: typeof import('../../src/outbound/links');
  page: typeof import('../../src/inbound/http/survey-page');
  channels: typeof import('../../src/use-cases/take-channel-answers');
}

const invitationOf = ({ invitation }: Code): Invitation => {
  const terms = {
    id: '0b0e7a52-5d0c-4c3e-9f6a-2f8f3c1f0a11',
    surveyId: 'after',
    surveyVersion: 1,
    customerId: 'ada',
    contactPoint: 'chat:ada',
    conversationId: 'c1',
    issueId: '',
    facts,
    channel: 'chat',
    language: 'en',
    linkOnly: true,
    endedAt: NOW,
    createdAt: NOW,
    closesAt: NOW + 30 * DAY,
  };
  const [invited] = invitation.decideInvite(undefined, terms, content());
  return invitation.evolveInvitation(undefined, invited!);
};

const answerOf = (value: number) => ({
  at: NOW,
  content: { numbers: { csat: value }, words: {}, comment: '', mayContact: false },
  via: 'page' as const,
});

/** Answers one after the other, as they come to one document whatever the race: one is the first, each value is counted once. */
const oneAnswer = (code: Code): boolean => {
  const { decideAnswer, evolveInvitation } = code.invitation;
  let state = invitationOf(code);
  const told: string[] = [];
  for (const value of [1, 1, 4, 4, 1]) {
    for (const event of decideAnswer(state, content().questions, answerOf(value))) {
      told.push(event.type);
      state = evolveInvitation(state, event);
    }
  }
  const entries = new Map(state.counts.map((entry) => [entry.id, entry]));
  const sums: Record<string, number> = {};
  for (const { add } of entries.values())
    for (const [name, by] of Object.entries(add)) sums[name] = (sums[name] ?? 0) + by;
  return (
    told.join() === 'answered,answerChanged,answerChanged' &&
    state.answer?.revision === 3 &&
    sums['answered'] === 1 &&
    sums[1] === 1 &&
    sums[4] === 0
  );
};

const question = (code: Code, more: Partial<AskQuestion>, ...known: PersonCommand[]): AskQuestion => ({
  now: NOW,
  journey: 'c1',
  conversationId: 'c1',
  tenantId: 't1',
  giveUpAt: NOW + DAY,
  person: known.reduce(code.person.withFact, code.person.newPerson('ada')),
  survey: content(),
  reachable: true,
  journeyOpen: false,
  byHand: false,
  lookAgainMs: 1000,
  ...more,
});

const decision = (code: Code, more: Partial<AskQuestion>, ...known: PersonCommand[]): string => {
  const decided = code.ask.decideAsk(question(code, more, ...known));
  return decided.kind === 'ask' ? 'ask' : `${decided.kind} ${decided.reason}`;
};

const asked = (daysAgo: number): PersonCommand => ({
  type: 'asked',
  asked: { invitationId: 'i0', journey: 'c0', conversationId: 'c0', at: NOW - daysAgo * DAY },
});
const contacted = (id: string): PersonCommand => ({ type: 'contacted', id, at: NOW - DAY });

const quarantine = (code: Code): boolean =>
  decision(code, {}, asked(29)) === 'no QUARANTINED' && decision(code, {}, asked(31)) === 'ask';

const optOut = (code: Code): boolean => decision(code, {}, { type: 'preference', optedOut: true }) === 'no OPTED_OUT';

const budget = (code: Code): boolean => {
  const spending = { survey: content({ budgetContacts: 2, budgetDays: 14 }) };
  return (
    decision(code, spending, contacted('m1')) === 'ask' &&
    decision(code, spending, contacted('m1'), contacted('m2')) === 'hold BUDGET_SPENT' &&
    decision(code, { ...spending, giveUpAt: NOW }, contacted('m1'), contacted('m2')) === 'no BUDGET_SPENT'
  );
};

const heldBack = (code: Code): boolean => {
  const risk = { reason: 'LOW_SCORE', ref: 'invitation/i0', until: NOW + DAY };
  return (
    decision(code, { journeyOpen: true }) === 'hold JOURNEY_OPEN' &&
    decision(code, {}, { type: 'risk', risk, at: NOW - 1 }) === 'hold CUSTOMER_AT_RISK' &&
    decision(code, {}) === 'ask'
  );
};

/** Who did not agree to be contacted about a recovery is not asked about it. */
const consent = (code: Code): boolean => {
  const rules = { surveyFor: () => survey('made-good', { afterRecovery: true }), windowMs: DAY, settleMs: 0 };
  const about = { caseId: '7', conversationId: 'c1', matters: [] };
  const planned = (mayContact: boolean) => {
    const step = {
      type: 'recovered' as const,
      at: NOW,
      contactPoint: 'email:a@b.c',
      facts,
      recovery: about,
      mayContact,
    };
    return code.docket.fold(code.docket.emptyDocket('recovery-7'), [{ seq: 1, step }], rules).docket.ask !== undefined;
  };
  return planned(true) && !planned(false);
};

/** An invitation behind the page and the channels; `writes` counts every attempt to change it. */
const around = (code: Code, tenantId: string) => {
  let invitation = invitationOf(code);
  let writes = 0;
  const change = async (_: string, __: string, decide: (current: Invitation) => never[]) => {
    writes++;
    invitation = decide(invitation).reduce(code.invitation.evolveInvitation, invitation) as Invitation;
    return invitation;
  };
  const deps = {
    invitations: {
      find: async () => ({ tenantId, invitation }),
      load: async (tenant: string) => (tenant === tenantId ? invitation : undefined),
      change,
    },
    surveys: { get: async () => survey('after') },
    links: code.links.createLinks(keys, 'http://x'),
    now: () => NOW,
  };
  return { deps, writes: () => writes, answer: () => invitation.answer?.numbers['csat'] };
};

/** The page with the links of a tenant whose invitation it is, and of another tenant. */
const pages = async (code: Code): Promise<{ getRecords: boolean; strangers: boolean; forged: boolean }> => {
  const { deps, writes, answer } = around(code, 't1');
  const app = createWebApp({
    telemetry: noTelemetry(),
    routes: (web) => code.page.mountSurveyPage(web, deps as never),
  });
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const path = (tenantId: string, links = deps.links) => new URL(links.urlOf(tenantId, invitationOf(code))).pathname;
  const post = async (to: string) => {
    const body = new URLSearchParams({ 'q.csat': '5' });
    return (await fetch(base + to, { method: 'POST', body, redirect: 'manual' })).status;
  };
  try {
    const own = path('t1');
    for (const method of ['GET', 'HEAD']) await fetch(`${base}${own}?v=4`, { method });
    const getRecords = writes() === 0 && answer() === undefined;
    const strangers = (await post(path('t2'))) === 404 && answer() === undefined;
    const other = code.links.createLinks([{ kid: 1, secret: 'another'.repeat(8) }], 'http://x');
    const forged = (await post(path('t1', other))) === 404 && answer() === undefined;
    return { getRecords, strangers, forged: forged && (await post(own)) === 303 && answer() === 5 };
  } finally {
    server.closeAllConnections();
    server.close();
  }
};

/** Answers of a channel count when they come from the address and the tenant that were asked. */
const channelAnswers = async (code: Code): Promise<boolean> => {
  const { deps, answer } = around(code, 't1');
  const take = code.channels.takeChannelAnswers(deps as never);
  const news = { tenantId: 't1', invitationId: 'i', contactPoint: 'chat:ada', at: NOW };
  const said = { kind: 'answered' as const, value: 4, via: 'chat' as const };
  await take([{ ...news, contactPoint: 'chat:eve', said }]);
  await take([{ ...news, tenantId: 't2', said }]);
  await take([{ ...news, said: { ...said, value: 9 } }]);
  const nothing = answer() === undefined;
  await take([{ ...news, said }]);
  return nothing && answer() === 4;
};

/** The rules that this code breaks, of those whose breach would harm people most. */
export const brokenRules = async (code: Code): Promise<string[]> => {
  const page = await pages(code);
  const kept: Record<string, boolean> = {
    'one answer': oneAnswer(code),
    'reading records nothing': page.getRecords,
    quarantine: quarantine(code),
    'opt-out': optOut(code),
    budget: budget(code),
    'held back': heldBack(code),
    consent: consent(code),
    "another tenant's link": page.strangers,
    'forged link': page.forged,
    "another's answer": await channelAnswers(code),
  };
  return Object.keys(kept).filter((rule) => !kept[rule]);
};
