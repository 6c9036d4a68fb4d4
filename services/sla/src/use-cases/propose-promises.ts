import { hash16, isZone } from '@throughline/core';
import type { Docket } from '../domain/clock/clock';
import { committing } from '../domain/promise/commitment';
import type { Terms } from '../domain/promise/promise';
import { decide, leadTimes } from '../domain/promise/promise';
import type { DocketStore, PromiseStore, RuleBooks, TimeInText } from './ports';

/** A reply that a person sent. */
export interface SentReply {
  tenantId: string;
  conversationId: string;
  messageId: string;
  authorId: string;
  text: string;
  at: number;
}

export interface ProposeDeps {
  dockets: Pick<DocketStore, 'load'>;
  promises: PromiseStore;
  books: Pick<RuleBooks, 'of'>;
  timeInText: TimeInText;
  now(): number;
}

const MOST = 3;
const NEAR_MS = 60_000;
const FURTHEST_MS = 366 * 86_400_000;

/** The customer's zone: what is known of the conversation, else that of the calendar that counts for it. */
const zoneOf = async (deps: ProposeDeps, tenantId: string, docket: Docket | undefined): Promise<string> => {
  const named = docket?.facts.attributes['time_zone'] ?? '';
  if (isZone(named)) return named;
  const clock = docket?.clocks.find(({ terms }) => terms.calendars.length > 0);
  return clock ? (await deps.books.of(tenantId)).zoneOf(clock) : 'Etc/UTC';
};

const proposedBy = async (deps: ProposeDeps, sent: SentReply): Promise<Terms[]> => {
  const { tenantId, conversationId, messageId, authorId, at } = sent;
  const sentences = committing(sent.text);
  if (sentences.length === 0) return [];
  const docket = await deps.dockets.load({ tenantId, id: conversationId });
  const zone = await zoneOf(deps, tenantId, docket);
  const found = sentences.flatMap((one): Terms[] => {
    const dueAt = deps.timeInText(one, at, zone);
    if (dueAt === undefined || dueAt > at + FURTHEST_MS) return [];
    const quote = one.sentence.slice(0, 1000);
    return [
      {
        id: hash16('proposed', conversationId, messageId, quote).toString('hex'),
        conversationId,
        customerId: '',
        contactPoint: docket?.contactPoint ?? '',
        what: quote.slice(0, 500),
        quote,
        messageId,
        promiser: { kind: 'agent', id: authorId },
        teamId: docket?.facts.queueId ?? '',
        ownerId: authorId,
        dueAt,
        zone,
        ...leadTimes(dueAt, at),
      },
    ];
  });
  return found.slice(0, MOST);
};

/** Proposes a promise for each time that a reply names, unless that promise is there already. Safe to repeat. */
export const proposePromises = (deps: ProposeDeps) => async (replies: SentReply[]) => {
  for (const sent of replies) {
    const { tenantId, conversationId } = sent;
    for (const terms of await proposedBy(deps, sent)) {
      const query = { tenantId, conversationId, ownerId: '', teamId: '', states: [] };
      const { promises } = await deps.promises.list(query, undefined, 200);
      if (promises.some(({ dueAt }) => Math.abs(dueAt - terms.dueAt) < NEAR_MS)) continue;
      const at = deps.now();
      if (terms.dueAt <= at) continue;
      await deps.promises.change(tenantId, terms.id, (now) => decide(now, { type: 'propose', at, terms }), at);
    }
  }
};
