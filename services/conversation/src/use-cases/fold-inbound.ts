import { neverAcknowledge } from '../domain/auto-acknowledgement';
import { threadMessageId } from '../domain/claims';
import { treatmentOf } from '../domain/classify';
import type { Actor, Conversation, Evidence, Message } from '../domain/conversation';
import { isThanks } from '../domain/thanks';
import type { Pointer } from '../domain/threading';
import { baseSubjectOf, threadMail } from '../domain/threading';
import type { Clue } from './place-mail';
import { candidateOf } from './place-mail';
import type { Claim, Inbound, InboundMail, Key, SetAside, Tokens } from './ports';
import type { Settings } from './settings';
import type { Working } from './working';
import { apply, hasApplied, isNew } from './working';

/** What folding one event may ask and tell; everything is in memory. */
export interface IntakeContext {
  settings: Settings;
  recordedAt: number;
  /** Claims found taken after a lost race, and by whom. */
  taken: Map<Claim, Key>;
  tokens: Tokens;
  /** The conversation, if it exists. */
  open(key: Key): Working | undefined;
  create(fact: Inbound): Working;
  threadOf(fact: Inbound): Key | undefined;
  rememberThread(thread: Claim, key: Key): void;
  holderOf(claim: Claim): Key | undefined;
  claim(working: Working, claim: Claim): void;
  successorClaim(key: Key): Claim;
  mailClaim(tenantId: string, mailId: string): Claim;
  cluesOf(fact: Inbound): Clue[];
  /** Conversations of the sender with the same base subject. */
  recentOf(fact: Inbound): Conversation[];
}

export interface FoldOutcome {
  key?: Key;
  setAside?: SetAside;
}

interface Place {
  working: Working;
  evidence?: Evidence | undefined;
  /** Closed conversation that the new one follows. */
  previous?: Conversation | undefined;
}

const aside = (fact: Inbound, reason: string): SetAside => ({
  claim: fact.effect,
  tenantId: fact.tenantId,
  reason,
  channel: fact.channel,
  adapter: fact.adapter,
  contactPoint: fact.contactPoint,
  at: fact.at,
  raw: fact.raw,
});

const customer = (fact: Inbound): Actor => ({ kind: 'CUSTOMER', id: fact.contactPoint, name: fact.displayName });

const isOver = (state: Conversation, context: IntakeContext): boolean =>
  state.state === 'CLOSED' ||
  (state.state === 'SOLVED' && context.recordedAt > state.solvedAt + context.settings.policy.reopenWindowMs);

/** Goes from where the evidence points to the conversation that takes the event now; `seen` when it took it before. */
const settle = (start: Working, fact: Inbound, stays: () => boolean, context: IntakeContext): Place | 'seen' => {
  let working = start;
  for (const passed = new Set<Working>(); !passed.has(working); ) {
    passed.add(working);
    if (hasApplied(working, fact.effect)) return 'seen';
    const { state } = working;
    let next: Key | undefined;
    if (state.mergedIntoId) next = `${state.tenantId}/${state.mergedIntoId}`;
    else if (!isOver(state, context) || stays()) return { working };
    else next = context.holderOf(context.successorClaim(working.before.key));
    const found = next ? context.open(next) : undefined;
    if (!found) break;
    working = found;
  }
  if (stays()) return { working };
  return { working: context.create(fact), previous: working.state };
};

const fresh = (fact: Inbound, context: IntakeContext): Place | 'seen' => {
  const working = context.create(fact);
  return hasApplied(working, fact.effect) ? 'seen' : { working };
};

/** The conversation that a report on something we asked names. */
export const namedBy = ({ tenantId, payload }: Inbound): Key | undefined =>
  payload.kind === 'call' && payload.conversationId ? `${tenantId}/${payload.conversationId}` : undefined;

const placeByThread = (fact: Inbound, stays: () => boolean, context: IntakeContext): Place | 'seen' => {
  const key = context.threadOf(fact) ?? namedBy(fact);
  const known = key ? context.open(key) : undefined;
  return known ? settle(known, fact, stays, context) : fresh(fact, context);
};

const evidenceFor = (fact: Inbound, message: Message, context: IntakeContext): Evidence => {
  const pointers = new Map<Key, Pointer[]>();
  const point = (key: Key | undefined, pointer: Pointer): void => {
    if (key) pointers.set(key, [...(pointers.get(key) ?? []), pointer]);
  };
  for (const clue of context.cluesOf(fact)) {
    const isThread = clue.claim === fact.thread;
    const key = clue.key ?? (isThread ? context.threadOf(fact) : clue.claim && context.holderOf(clue.claim));
    const movedTo = key && clue.claim && context.open(key)?.state.moved[clue.claim];
    point(movedTo ? `${fact.tenantId}/${movedTo}` : key, { name: clue.name, detail: clue.detail });
  }
  const baseSubject = baseSubjectOf(message.subject);
  for (const one of context.recentOf(fact)) {
    point(`${one.tenantId}/${one.id}`, { name: 'base_subject', detail: baseSubject });
  }
  const candidates = [...pointers].flatMap(([key, list]) => {
    const working = context.open(key);
    return working && working.state.tenantId === fact.tenantId ? [candidateOf(working.state, list)] : [];
  });
  return threadMail({ sender: fact.contactPoint, baseSubject, at: fact.at }, candidates);
};

const placeByEvidence = (
  fact: Inbound,
  message: Message,
  stays: () => boolean,
  context: IntakeContext,
): Place | 'seen' => {
  const evidence = evidenceFor(fact, message, context);
  const known = evidence.outcome === 'JOINED' ? context.open(`${fact.tenantId}/${evidence.conversationId}`) : undefined;
  const place = known ? settle(known, fact, stays, context) : fresh(fact, context);
  if (place === 'seen') return place;
  const { working, previous } = place;
  return { working, evidence: previous ? { ...evidence, outcome: 'STARTED' } : evidence, previous };
};

const openIfNew = (
  fact: Inbound,
  place: Place,
  subject: string,
  acknowledge: boolean,
  context: IntakeContext,
): void => {
  if (!isNew(place.working)) return;
  const { previous, evidence } = place;
  const opened = {
    type: 'open' as const,
    at: fact.at,
    actor: customer(fact),
    channel: fact.channel,
    contactPoint: fact.contactPoint,
    customerName: fact.displayName,
    subject,
    baseSubject: subject ? baseSubjectOf(subject) : '',
    language: fact.language,
    destination: fact.destination,
    threadKey: fact.threadKey,
    priority: previous?.priority ?? ('NORMAL' as const),
    previousId: previous?.id ?? '',
    suggestedId: evidence?.outcome === 'SUGGESTED' ? evidence.conversationId : '',
    issueId: previous?.issueId ?? '',
    topic: '',
    tags: [],
    attributes: {},
    reason: previous ? 'follows_closed' : 'customer_contact',
    acknowledge,
  };
  apply(place.working, opened, context.recordedAt);
  if (previous) context.claim(place.working, context.successorClaim(`${previous.tenantId}/${previous.id}`));
};

/** Claims what makes this event's effect single and its thread and mail findable. */
const claimAll = (fact: Inbound, working: Working, mail: InboundMail | undefined, context: IntakeContext): void => {
  const { key } = working.before;
  // A thread always leads to the same conversation and its successors. A mail is placed by evidence, which may come out
  // differently the second time, so its effect is single in the whole log.
  if (mail) context.claim(working, fact.effect);
  else working.effects.push(fact.effect);
  const holder = context.threadOf(fact);
  if (!holder) context.claim(working, fact.thread);
  // Where the thread began, not where it is now: the way from there passes every conversation that may have applied an event.
  context.rememberThread(fact.thread, holder ?? key);
  if (!mail?.messageId) return;
  const claim = context.mailClaim(fact.tenantId, mail.messageId);
  if (!context.holderOf(claim) && !context.taken.has(claim)) context.claim(working, claim);
};

const identify = (fact: Inbound, working: Working, context: IntakeContext): void => {
  if (fact.verified.length === 0) return;
  const { verified, displayName, at } = fact;
  apply(working, { type: 'identify', at, actor: customer(fact), verified, displayName }, context.recordedAt);
};

const receive = (fact: Inbound, place: Place, message: Message, context: IntakeContext): void => {
  const { state } = place.working;
  const done = state.state === 'SOLVED' || state.state === 'CLOSED';
  const thanks = done && isThanks(message.text);
  const { policy } = context.settings;
  const { evidence } = place;
  const placed = evidence && evidence.signals.length > 0 ? { ...message, threading: evidence } : message;
  const command = { type: 'receive' as const, at: fact.at, actor: customer(fact), message: placed, thanks, policy };
  apply(place.working, command, context.recordedAt);
};

/** The message of ours that a bounce, complaint or automatic answer is about. */
const answered = (fact: Inbound, mail: InboundMail, context: IntakeContext): string | undefined => {
  for (const mailId of [mail.inReplyTo, ...mail.references.slice(-20).reverse()]) {
    const messageId = context.tokens.read(fact.tenantId, mailId.slice(0, Math.max(mailId.indexOf('@'), 0)));
    if (messageId) return messageId;
  }
  return mail.plusToken ? context.tokens.read(fact.tenantId, mail.plusToken) : undefined;
};

interface DeliveryFact {
  messageId: string;
  conversationId: string;
  state: 'QUEUED' | 'SENT' | 'DELIVERED' | 'READ' | 'FAILED' | 'BOUNCED' | 'COMPLAINED';
  code: string;
  detail: string;
}

const delivery = (fact: Inbound, report: DeliveryFact, context: IntakeContext): FoldOutcome => {
  const { conversationId, messageId } = report;
  let key = conversationId ? `${fact.tenantId}/${conversationId}` : context.holderOf(messageId);
  let working = key ? context.open(key) : undefined;
  const movedTo = working?.state.moved[messageId];
  if (movedTo && working?.state.mergedIntoId) {
    key = `${fact.tenantId}/${movedTo}`;
    const target = context.open(key);
    if (target?.state.deliveries.some((entry) => entry.id === messageId)) working = target;
  }
  if (!working || working.state.tenantId !== fact.tenantId) return { setAside: aside(fact, 'unknown_message') };
  if (!working.state.deliveries.some((entry) => entry.id === messageId))
    return { setAside: aside(fact, 'unknown_message') };
  const actor: Actor = { kind: 'SYSTEM', id: fact.adapter, name: '' };
  const { state, code, detail } = report;
  apply(working, { type: 'report_delivery', at: fact.at, actor, messageId, state, code, detail }, context.recordedAt);
  return { key: working.before.key };
};

const message = (fact: Inbound, item: Message, mail: InboundMail | undefined, context: IntakeContext): FoldOutcome => {
  const treatment = treatmentOf({ messageClass: item.messageClass, ...(mail ? { mail } : {}) });
  if (treatment.as === 'set_aside') return { setAside: aside(fact, treatment.reason) };
  if (treatment.as === 'delivery') {
    const messageId = mail && answered(fact, mail, context);
    const report = { conversationId: '', state: treatment.state, code: '', detail: treatment.reason };
    const told = messageId ? delivery(fact, { ...report, messageId }, context) : {};
    return { ...told, setAside: aside(fact, treatment.reason) };
  }
  const attach = treatment.as === 'attach';
  // Thanks for something closed is kept with it: nobody needs a new conversation for that.
  const stays = (): boolean => attach || isThanks(item.text);
  const place = mail ? placeByEvidence(fact, item, stays, context) : placeByThread(fact, stays, context);
  if (place === 'seen') return {};
  if (attach && isNew(place.working)) return { setAside: aside(fact, treatment.reason) };
  const { channel, contactPoint } = fact;
  const facts = { channel, contactPoint, messageClass: item.messageClass, ...(mail ? { mail } : {}) };
  const acknowledge = neverAcknowledge(facts, context.settings.acknowledge) === undefined;
  openIfNew(fact, place, item.subject, acknowledge, context);
  claimAll(fact, place.working, mail, context);
  identify(fact, place.working, context);
  const id = mail ? item.id : threadMessageId(fact.effect, place.working.state.id);
  receive(fact, place, { ...item, id, ...(attach ? { messageClass: 'AUTO_REPLY' } : {}) }, context);
  return { key: place.working.before.key };
};

/** Applies one channel event to the conversations in memory. */
export const foldInbound = (fact: Inbound, context: IntakeContext): FoldOutcome => {
  const { payload } = fact;
  if (payload.kind === 'delivery') return delivery(fact, payload, context);
  const holder = context.taken.get(fact.effect);
  if (holder) return { key: holder };
  if (payload.kind === 'message') return message(fact, payload.message, payload.mail, context);
  const report = payload.kind === 'call' && payload.step === 'command_refused';
  const named = namedBy(fact);
  const known = context.threadOf(fact) !== undefined || (named !== undefined && context.open(named) !== undefined);
  if ((payload.kind === 'thread_closed' || report) && !known) return { setAside: aside(fact, 'no_conversation') };
  const place = placeByThread(fact, () => true, context);
  if (place === 'seen') return {};
  openIfNew(fact, place, '', false, context);
  claimAll(fact, place.working, undefined, context);
  identify(fact, place.working, context);
  const base = { at: fact.at, actor: customer(fact) };
  if (payload.kind === 'thread_closed') {
    apply(place.working, { type: 'end_thread', ...base, reason: payload.reason }, context.recordedAt);
  } else {
    const { kind: _kind, conversationId: _conversationId, ...step } = payload;
    apply(place.working, { type: 'progress_call', ...base, ...step }, context.recordedAt);
  }
  return { key: place.working.before.key };
};
