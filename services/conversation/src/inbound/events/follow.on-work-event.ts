import type { Handle, IncomingEvent } from '@throughline/bus';
import { parseEventId, readEach } from '@throughline/bus';
import { routingV1 } from '@throughline/proto';
import type { FollowRouting } from '../../domain/commands';
import type { FollowedFact, FollowFacts } from '../../use-cases/follow-facts';

const prefix = 'throughline.routing.v1.';

type Said = Pick<FollowRouting, 'assigneeId' | 'queueId' | 'transferred'> & { workItemId: string };

const saidBy = ({ type, data }: IncomingEvent): Said | undefined => {
  switch (type.startsWith(prefix) ? type.slice(prefix.length) : '') {
    case 'WorkItemQueued':
      return routingV1.WorkItemQueued.decode(data);
    case 'WorkItemOverflowed': {
      const { workItemId, toQueueId } = routingV1.WorkItemOverflowed.decode(data);
      return { workItemId, queueId: toQueueId };
    }
    case 'OfferAccepted': {
      const { workItemId, agentId, queueId } = routingV1.OfferAccepted.decode(data);
      return { workItemId, assigneeId: agentId, queueId };
    }
    case 'CallNotConnected': {
      const { workItemId, queueId } = routingV1.CallNotConnected.decode(data);
      return { workItemId, assigneeId: '', queueId };
    }
    case 'WorkItemTransferred': {
      const { workItemId, toQueueId, toAgentId, reason, handover } = routingV1.WorkItemTransferred.decode(data);
      const transferred = handover && { toQueueId, toAgentId, reason, handover };
      return { workItemId, assigneeId: '', queueId: toQueueId, transferred };
    }
    default:
      return undefined;
  }
};

/** A conversation shows the queue it waits in and the agent who has it, as routing decided. */
export const followOnWorkEvent =
  (follow: FollowFacts): Handle =>
  async (deliveries) => {
    const { said, dead } = readEach(deliveries, ({ event }): FollowedFact | undefined => {
      const told = event.conversationId ? saidBy(event) : undefined;
      if (!told) return undefined;
      const { workItemId, assigneeId, queueId, transferred } = told;
      return {
        key: `${event.tenantId}/${event.conversationId}`,
        command: {
          type: 'follow_routing',
          at: event.time.getTime(),
          actor: { kind: 'SYSTEM', id: 'routing', name: '' },
          workItemId,
          sequence: parseEventId(event.id)?.seq ?? 0,
          ...(assigneeId === undefined ? {} : { assigneeId }),
          ...(queueId === undefined ? {} : { queueId }),
          ...(transferred ? { transferred } : {}),
        },
      };
    });
    await follow(said);
    return { dead };
  };
