import type { Handle, IncomingEvent } from '@throughline/bus';
import { parseEventId, readEach } from '@throughline/bus';
import { slaV1 } from '@throughline/proto';
import type { FollowEscalation } from '../../domain/commands';
import type { FollowedFact, FollowFacts } from '../../use-cases/follow-facts';

const ESCALATED = 'throughline.sla.v1.ClockEscalated';
const RAISE = slaV1.EscalationActionKind.RAISE_PRIORITY;
const priorities: Record<string, FollowEscalation['priority']> = {
  '': '',
  low: 'LOW',
  normal: 'NORMAL',
  high: 'HIGH',
  urgent: 'URGENT',
};

const askedBy = (event: IncomingEvent): FollowEscalation['priority'] | undefined => {
  if (event.type !== ESCALATED || !event.conversationId) return undefined;
  const action = slaV1.ClockEscalated.decode(event.data).actions.find(({ kind }) => kind === RAISE);
  return action && priorities[action.to.toLowerCase()];
};

/** Raises the priority of a conversation when a step of its clocks' escalation says so. */
export const raisePriorityOnClockEscalated =
  (follow: FollowFacts): Handle =>
  async (deliveries) => {
    const { said, dead } = readEach(deliveries, ({ event }): FollowedFact | undefined => {
      const priority = askedBy(event);
      if (priority === undefined) return undefined;
      const sequence = parseEventId(event.id)?.seq ?? 0;
      const actor = { kind: 'SYSTEM' as const, id: 'sla', name: '' };
      const command: FollowEscalation = {
        type: 'follow_escalation',
        at: event.time.getTime(),
        actor,
        sequence,
        priority,
      };
      return { key: `${event.tenantId}/${event.conversationId}`, command };
    });
    await follow(said);
    return { dead };
  };
