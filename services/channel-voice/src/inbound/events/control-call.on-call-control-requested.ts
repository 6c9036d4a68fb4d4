import type { Delivery, Handle } from '@throughline/bus';
import { channelV1 } from '@throughline/proto';
import { announcement, connect, hangUp } from '../../domain/instructions';
import type { Facts } from '../../facts';
import type { CallCommand, CommandLog, Provider } from '../../use-cases/ports';

const wanted = 'throughline.channel.v1.CallControlRequested';

const actionOf = (action: channelV1.CallControlRequested['action']): CallCommand['action'] | undefined => {
  switch (action?.$case) {
    case 'connect':
      return { kind: 'twiml', twiml: connect(action.value.address, action.value.timeoutSeconds) };
    case 'place': {
      const { to, from, address, timeoutSeconds } = action.value;
      return { kind: 'place', to, from, twiml: connect(address, timeoutSeconds) };
    }
    case 'announce':
      return { kind: 'twiml', twiml: announcement(action.value.text, action.value.language) };
    case 'hangUp':
      return { kind: 'twiml', twiml: hangUp() };
    case 'setRecording':
      return { kind: 'recording', paused: action.value.paused };
    default:
      return undefined;
  }
};

const commandOf = ({ event }: Delivery): CallCommand | undefined => {
  if (event.type !== wanted) return undefined;
  const wire = channelV1.CallControlRequested.decode(event.data);
  const action = actionOf(wire.action);
  if (wire.channel !== 'voice' || !action) return undefined;
  return {
    id: `${event.tenantId}/${wire.commandId || event.id}`,
    tenantId: event.tenantId,
    callSid: wire.threadKey,
    action,
  };
};

/** Carries out call commands, each once; the order of one call's commands is kept. */
export const controlCalls =
  (deps: { log: CommandLog; provider: Provider; facts: Facts; now: () => number }): Handle =>
  async (deliveries) => {
    const commands = deliveries.flatMap((delivery) => commandOf(delivery) ?? []);
    if (commands.length === 0) return;
    const done = await deps.log.done(commands.map(({ id }) => id));
    for (const command of commands) {
      if (done.has(command.id)) continue;
      const outcome = await deps.provider.carryOut(command);
      await deps.log.remember(command.id, outcome, new Date(deps.now()));
      done.add(command.id);
      deps.facts.commandSettled(command.id, outcome);
    }
  };
