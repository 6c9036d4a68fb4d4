import { tooSoonToAcknowledge } from '../domain/auto-acknowledgement';
import type { Conversation, MailThreading, Message } from '../domain/conversation';
import { noActor } from '../domain/conversation';
import type { Journal } from './journal';
import { conflictsOf } from './journal';
import type { Acknowledged, AcknowledgementLedger, Held, Key, Tokens } from './ports';
import type { Settings } from './settings';
import { apply, changeOf, startWorking } from './working';

export interface AcknowledgeOptions {
  journal: Journal;
  ledger: AcknowledgementLedger;
  settings: Settings;
  tokens: Tokens;
  /** The same conversation always gets the same message id, so that it is acknowledged once. */
  messageIdFor(key: Key): string;
  now(): number;
  decided(outcome: string): void;
}

const maxAttempts = 5;
const keptMoments = 10;

/** Takes the sender's turn, or says why there is none. Repeating it for the same conversation gives the same answer. */
const turnOf = async (
  held: Held,
  known: Acknowledged | undefined,
  { ledger, settings, now }: AcknowledgeOptions,
): Promise<string> => {
  if (known?.lastConversation === held.key) return 'acknowledged';
  const refused = tooSoonToAcknowledge(now(), known?.sentAt ?? [], settings.acknowledge);
  if (refused) return refused;
  const after = { sentAt: [...(known?.sentAt ?? []), now()].slice(-keptMoments), lastConversation: held.key };
  return (await ledger.take(senderOf(held.state), known, after)) ? 'acknowledged' : 'within_period';
};

export const senderOf = (state: Conversation): string => `${state.tenantId}/${state.contactPoint}`;

const messageFor = (held: Held, options: AcknowledgeOptions): { message: Message; mail: MailThreading } => {
  const { state } = held;
  const texts = options.settings.acknowledgeText;
  const text = texts[state.language.slice(0, 2).toLowerCase()] ?? texts['en'] ?? { subject: '', text: '' };
  const id = options.messageIdFor(held.key);
  const replyToken = options.tokens.sign(state.tenantId, id);
  const message: Message = {
    id,
    kind: 'OUTBOUND',
    author: noActor,
    channel: state.channel,
    subject: text.subject,
    text: text.text,
    html: '',
    attachments: [],
    at: options.now(),
    messageClass: 'NORMAL',
    automatic: true,
    mentions: [],
    mailId: '',
    position: 0,
  };
  const inReplyTo = state.mailIds.at(-1) ?? '';
  return { message, mail: { replyToken, inReplyTo, references: inReplyTo ? [inReplyTo] : [], autoSubmitted: true } };
};

/** Acknowledges new conversations that may be acknowledged, at most once each and rarely per sender. */
export const createAcknowledge = (options: AcknowledgeOptions) => {
  const settle = async (keys: Key[], outcomes: Map<Key, string>): Promise<Set<Key>> => {
    const held = await options.journal.hold(keys);
    const changes = [...held.values()].flatMap(({ held: one }) => {
      const outcome = outcomes.get(one.key) ?? '';
      const sent = outcome === 'acknowledged' ? messageFor(one, options) : undefined;
      const working = startWorking(one);
      const at = options.now();
      apply(working, { type: 'acknowledge', at, actor: noActor, outcome, ...sent }, at);
      if (sent) working.claims.push(sent.message.id);
      return changeOf(working, at) ?? [];
    });
    return conflictsOf(await options.journal.commit(changes, held));
  };

  return async (candidates: Map<Key, Held>): Promise<void> => {
    if (candidates.size === 0) return;
    const ledger = await options.ledger.read([
      ...new Set([...candidates.values()].map((held) => senderOf(held.state))),
    ]);
    const outcomes = new Map<Key, string>();
    const seen = new Set<string>();
    for (const held of candidates.values()) {
      const sender = senderOf(held.state);
      // Two in one batch: the second one sees the first one's turn.
      const outcome = seen.has(sender) ? 'within_period' : await turnOf(held, ledger.get(sender), options);
      if (outcome === 'acknowledged') seen.add(sender);
      outcomes.set(held.key, outcome);
      options.decided(outcome);
    }
    let todo = [...candidates.keys()];
    for (let round = 0; todo.length > 0 && round < maxAttempts; round += 1) todo = [...(await settle(todo, outcomes))];
  };
};

export type Acknowledge = ReturnType<typeof createAcknowledge>;
