import type { Handle, IncomingEvent } from '@throughline/bus';
import { parseEventId, readEach } from '@throughline/bus';
import { slaV1 } from '@throughline/proto';
import type { Command } from '../../use-cases/commands';

const ESCALATED = 'throughline.sla.v1.ClockEscalated';
const REROUTE = slaV1.EscalationActionKind.REROUTE;

const commandOf = (event: IncomingEvent): Command | undefined => {
  if (event.type !== ESCALATED || !event.conversationId) return undefined;
  const { actions, step } = slaV1.ClockEscalated.decode(event.data);
  const action = actions.find(({ kind }) => kind === REROUTE);
  return (
    action && {
      do: 'reroute',
      tenantId: event.tenantId,
      requestId: '',
      fingerprint: '',
      conversationId: event.conversationId,
      queueId: action.to,
      reason: step,
      sequence: parseEventId(event.id)?.seq ?? 0,
      saidAt: event.time.getTime(),
    }
  );
};

/** Moves waiting work to the queue that a step of its conversation's escalation names. */
export const rerouteOnClockEscalated =
  (hand: (command: Command, id: string) => Promise<void>): Handle =>
  async (deliveries) => {
    const { said, dead } = readEach(deliveries, ({ event }) => {
      const command = commandOf(event);
      return command && { command, id: `event/${event.id}` };
    });
    // Few are, so that each may wait for its row.
    for (const { command, id } of said) await hand(command, id);
    return { dead };
  };
