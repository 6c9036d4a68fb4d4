import { decideFate } from '../domain/ask/invitation';
import type { AnswerDeps } from './answer';
import { answerByValue } from './answer';

/** What a channel says of a question that it asked by itself. */
export interface ChannelNews {
  tenantId: string;
  invitationId: string;
  /** The address it was asked at; whoever answers from another one was not asked. */
  contactPoint: string;
  at: number;
  said: { kind: 'asked' } | { kind: 'answered'; value: number; via: 'chat' | 'keypad' };
}

/**
 * Takes what channels say of questions they asked: that the customer heard one, and the value that was chosen. Hearing of it again changes
 * nothing; of a call the first value counts, in a chat it may be changed until the survey closes.
 */
export const takeChannelAnswers =
  (deps: AnswerDeps) =>
  async (news: ChannelNews[]): Promise<void> => {
    for (const one of news) {
      const { tenantId, invitationId, contactPoint, at, said } = one;
      const found = await deps.invitations.load(tenantId, invitationId);
      if (!found || found.contactPoint !== contactPoint) continue;
      if (said.kind === 'answered') await answerByValue(deps, tenantId, found, { ...said, saidAt: at });
      const fate = { state: 'sent' as const, reason: '', detail: '', at, deliveryId: '' };
      if (found.callId)
        await deps.invitations.change(tenantId, invitationId, (current) => decideFate(current!, fate), deps.now());
    }
  };
