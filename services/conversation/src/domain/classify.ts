import type { MessageClass } from './conversation';

/** What happens to an inbound message, decided before it is placed. */
export type Treatment =
  /** A person writes: opens or continues a conversation. */
  | { as: 'message' }
  /** A machine answers: may join the conversation it answers, opens none. */
  | { as: 'attach'; reason: string }
  /** Delivery fact about a message of ours, if it names one; opens none. */
  | { as: 'delivery'; state: 'BOUNCED' | 'COMPLAINED'; reason: string }
  /** Kept aside with its reason; opens and joins nothing. */
  | { as: 'set_aside'; reason: string };

export interface ClassifyFacts {
  messageClass: MessageClass;
  mail?: { nullReturnPath: boolean; autoSubmitted: string; listOrBulk: boolean };
}

/** Only what a person wrote becomes a conversation; headers are believed over an adapter that said "normal". */
export const treatmentOf = (facts: ClassifyFacts): Treatment => {
  switch (facts.messageClass) {
    case 'BOUNCE':
      return { as: 'delivery', state: 'BOUNCED', reason: 'bounce' };
    case 'COMPLAINT':
      return { as: 'delivery', state: 'COMPLAINED', reason: 'complaint' };
    case 'AUTO_REPLY':
      return { as: 'attach', reason: 'auto_reply' };
    case 'SPAM':
      return { as: 'set_aside', reason: 'spam' };
    case 'BULK':
      return { as: 'set_aside', reason: 'bulk' };
    case 'OWN':
      return { as: 'set_aside', reason: 'own_message' };
    default:
  }
  const { mail } = facts;
  if (mail && mail.autoSubmitted !== '' && mail.autoSubmitted !== 'no') return { as: 'attach', reason: 'auto_reply' };
  if (mail?.nullReturnPath) return { as: 'attach', reason: 'null_return_path' };
  if (mail?.listOrBulk) return { as: 'set_aside', reason: 'bulk' };
  return { as: 'message' };
};
