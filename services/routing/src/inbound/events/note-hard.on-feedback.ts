import type { Handle, IncomingEvent } from '@throughline/bus';
import { readEach } from '@throughline/bus';
import { feedbackV1 } from '@throughline/proto';
import type { WorkItem } from '../../domain/work-item';
import type { Command } from '../../use-cases/commands';
import type { Reads } from '../../use-cases/ports';

const prefix = 'throughline.feedback.v1.';

/** What makes a contact hard, by what its customer said of it. */
const signOf = ({ type, data }: IncomingEvent): string | undefined => {
  switch (type.startsWith(prefix) ? type.slice(prefix.length) : '') {
    case 'SurveyAnswered':
    case 'SurveyAnswerChanged':
      return feedbackV1.SurveyAnswered.decode(data).low ? 'low answer' : undefined;
    case 'RecoveryCaseOpened': {
      const { case: opened } = feedbackV1.RecoveryCaseOpened.decode(data);
      return opened?.kind === feedbackV1.CaseKind.COMPLAINT ? 'complaint' : undefined;
    }
    default:
      return undefined;
  }
};

/** A low answer or a complaint makes the contact a hard one, for whoever has or had it. */
export const noteHardOnFeedback =
  (
    hand: (command: Command, id: string) => Promise<void>,
    reads: Pick<Reads, 'latestWork'>,
    inMemory: (tenantId: string, conversationId: string) => WorkItem | undefined,
  ): Handle =>
  async (deliveries) => {
    const { said, dead } = readEach(deliveries, ({ event }) => {
      const sign = signOf(event);
      const { tenantId, conversationId } = event;
      return sign && conversationId ? { event, sign, key: `${tenantId}/${conversationId}` } : undefined;
    });
    const latest = await reads.latestWork([...new Set(said.map(({ key }) => key))]);
    // Few are, so that each may wait for its row.
    for (const { event, sign, key } of said) {
      const { id, tenantId, conversationId = '' } = event;
      const item = inMemory(tenantId, conversationId) ?? latest.get(key);
      if (!item) continue;
      const by = { tenantId, requestId: '', fingerprint: '' };
      await hand({ do: 'note_hard', workItemId: item.id, sign, ...by }, `event/${id}`);
    }
    return { dead };
  };
