import type { MessageClass } from './conversation';

/** Header facts of the message that would be acknowledged (RFC 3834). */
export interface AcknowledgeFacts {
  channel: string;
  contactPoint: string;
  messageClass: MessageClass;
  /** Absent for channels other than e-mail. */
  mail?: {
    nullReturnPath: boolean;
    autoSubmitted: string;
    listOrBulk: boolean;
    suppressAutoResponse: boolean;
    dmarc: string;
  };
}

export interface AcknowledgePolicy {
  /** Channels that acknowledge at all. */
  channels: readonly string[];
  periodMs: number;
  hourlyCap: number;
  /** Our own addresses, lower case. */
  ownAddresses: ReadonlySet<string>;
}

const hour = 3600 * 1000;
// Nobody reads what is sent there, or a machine does.
const machines =
  /^(?:mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?|owner-.*|.*-(?:request|owner|bounces?))(?:\+.*)?$/;

/** Why this message must never be acknowledged, whoever asks how often; undefined when it may be. */
export const neverAcknowledge = (facts: AcknowledgeFacts, policy: AcknowledgePolicy): string | undefined => {
  if (!policy.channels.includes(facts.channel)) return 'channel_off';
  if (facts.contactPoint === '') return 'anonymous';
  if (facts.messageClass !== 'NORMAL') return 'not_a_person';
  // Only mail can be answered at the address it came from; a chat visitor or caller has no verified mailbox.
  if (!facts.contactPoint.startsWith('email:') || !facts.mail) return 'unverified_address';
  const address = facts.contactPoint.slice('email:'.length);
  if (policy.ownAddresses.has(address)) return 'own_address';
  if (machines.test(address.slice(0, address.lastIndexOf('@')))) return 'machine_address';
  const { mail } = facts;
  if (mail.nullReturnPath) return 'null_return_path';
  if (mail.autoSubmitted !== '' && mail.autoSubmitted !== 'no') return 'auto_submitted';
  if (mail.listOrBulk) return 'list_or_bulk';
  if (mail.suppressAutoResponse) return 'asked_not_to';
  if (mail.dmarc === 'fail') return 'forged_sender';
  return undefined;
};

/** Why this sender must not get another one now; `sentAt` lists earlier acknowledgements to the sender. */
export const tooSoonToAcknowledge = (
  now: number,
  sentAt: readonly number[],
  policy: AcknowledgePolicy,
): string | undefined => {
  if (sentAt.some((moment) => moment > now - policy.periodMs)) return 'within_period';
  if (sentAt.filter((moment) => moment > now - hour).length >= policy.hourlyCap) return 'hourly_cap';
  return undefined;
};
