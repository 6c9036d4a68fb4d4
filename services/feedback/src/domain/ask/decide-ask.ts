import { hash16 } from '@throughline/core';
import type { SurveyContent } from '../survey/survey';
import type { Person } from './person';
import { risksNow } from './person';

const DAY = 86_400_000;

/** What one question to one customer is decided from. */
export interface AskQuestion {
  now: number;
  /** The issue, or the conversation when there is none. */
  journey: string;
  conversationId: string;
  tenantId: string;
  /** Until when it may be held back. */
  giveUpAt: number;
  person: Person;
  survey: SurveyContent;
  reachable: boolean;
  /** Another conversation of the same issue goes on. */
  journeyOpen: boolean;
  /** Asked by hand: no sample is drawn. */
  byHand: boolean;
  /** How soon what is held back is looked at again. */
  lookAgainMs: number;
  /** Risks that come from the very matter that is asked about. */
  matters?: string[] | undefined;
}

export type HoldReason = 'PROMISE_OPEN' | 'CUSTOMER_AT_RISK' | 'BUDGET_SPENT' | 'JOURNEY_OPEN';
export type NoReason =
  | HoldReason
  | 'SAMPLED_OUT'
  | 'QUARANTINED'
  | 'OPTED_OUT'
  | 'NO_ADDRESS'
  | 'NO_CONSENT'
  | 'ALREADY_ASKED'
  | 'REOPENED'
  | 'MERGED'
  | 'SURVEY_RETIRED';

export type AskDecision =
  | { kind: 'ask' }
  | { kind: 'hold'; reason: HoldReason; until: number; detail: string }
  | { kind: 'no'; reason: NoReason; detail: string };

/** Share of all journeys below this one, 0 to 100: fixed for ever, so a decision that is repeated is the same. */
export const drawOf = (tenantId: string, journey: string): number =>
  (hash16('survey-sample', tenantId, journey).readUInt32BE(0) / 2 ** 32) * 100;

const no = (reason: NoReason, detail = ''): AskDecision => ({ kind: 'no', reason, detail });

const holding = ({ now, person, survey, journeyOpen, matters = [] }: AskQuestion): [HoldReason, string] | undefined => {
  if (journeyOpen) return ['JOURNEY_OPEN', 'another conversation of the same issue goes on'];
  if (person.promises.length > 0)
    return ['PROMISE_OPEN', `${person.promises.length} promise(s) to the customer are open`];
  const risks = risksNow({ ...person, risks: person.risks.filter(({ ref }) => !matters.includes(ref)) }, now);
  if (risks.length > 0) return ['CUSTOMER_AT_RISK', risks.join(', ')];
  const { budgetContacts, budgetDays } = survey;
  const contacts = person.contacts.filter(({ at }) => at > now - budgetDays * DAY).length;
  if (budgetContacts > 0 && contacts >= budgetContacts) {
    return ['BUDGET_SPENT', `${contacts} contacts within ${budgetDays} days, ${budgetContacts} allowed`];
  }
  return undefined;
};

/** Whether a customer is asked now, later or not at all. The rules that never change come first. */
export const decideAsk = (question: AskQuestion): AskDecision => {
  const { now, journey, conversationId, tenantId, giveUpAt, person, survey, reachable, byHand } = question;
  if (!reachable) return no('NO_ADDRESS', 'there is no address that a question could go to');
  if (person.optedOut) return no('OPTED_OUT', 'the customer wants no surveys');
  const same = person.asks.find((one) => one.journey === journey);
  // The same conversation again is a repetition of this very decision after a crash.
  if (same && same.conversationId === conversationId) return { kind: 'ask' };
  if (same) return no('ALREADY_ASKED', 'the journey was asked about already');
  if (!byHand && drawOf(tenantId, journey) >= survey.samplePercent) {
    return no('SAMPLED_OUT', `${survey.samplePercent} % of journeys are asked; this one is not drawn`);
  }
  const reached = person.asks.filter(({ missed }) => !missed);
  const last = Math.max(...reached.map(({ at }) => at), Number.NEGATIVE_INFINITY);
  if (last > now - survey.quarantineDays * DAY) {
    return no('QUARANTINED', `asked less than ${survey.quarantineDays} days ago`);
  }
  const held = holding(question);
  if (!held) return { kind: 'ask' };
  const [reason, detail] = held;
  if (now >= giveUpAt) return no(reason, detail);
  return { kind: 'hold', reason, detail, until: Math.min(now + question.lookAgainMs, giveUpAt) };
};
