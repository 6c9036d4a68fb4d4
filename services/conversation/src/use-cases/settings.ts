import type { AcknowledgePolicy } from '../domain/auto-acknowledgement';
import type { Policy } from '../domain/commands';

/** What the administrator decided. */
export interface Settings {
  policy: Policy;
  acknowledge: AcknowledgePolicy;
  /** Fixed words of the acknowledgement by language; none of the customer's words are in it. */
  acknowledgeText: Record<string, { subject: string; text: string }>;
  /** Channels through which we can answer with a text. */
  sendingChannels: readonly string[];
}
