import type { Delivery, Handle } from '@throughline/bus';
import { channelV1 } from '@throughline/proto';
import { announcement, connect, hangUp } from '../../domain/instructions';
import type { Facts } from '../../facts';
import type { CallCommand, CommandLog, Inbox, Provider, ProviderCommand, Questions } from '../../use-cases/ports';

const wanted = 'throughline.channel.v1.CallControlRequested';

const actionOf = (
  action: channelV1.CallControlRequested['action'],
  after: string,
): CallCommand['action'] | undefined => {
  switch (action?.$case) {
    case 'connect':
      return { kind: 'twiml', twiml: connect(action.value.address, action.value.timeoutSeconds, after) };
    case 'place': {
      const { to, from, address, timeoutSeconds } = action.value;
      return { kind: 'place', to, from, twiml: connect(address, timeoutSeconds, after) };
    }
    case 'announce':
      return { kind: 'twiml', twiml: announcement(action.value.text, action.value.language) };
    case 'hangUp':
      return { kind: 'twiml', twiml: hangUp() };
    case 'setRecording':
      return { kind: 'recording', paused: action.value.paused };
    case 'ask': {
      const { question } = action.value;
      if (!question) return undefined;
      const { questionId, text, language, lowest, highest, thanks } = question;
      return { kind: 'ask', question: { questionId, text, language, lowest, highest, thanks } };
    }
    default:
      return undefined;
  }
};

const commandOf = ({ event }: Delivery, afterUrl: (tenantId: string) => string): CallCommand | undefined => {
  if (event.type !== wanted) return undefined;
  const wire = channelV1.CallControlRequested.decode(event.data);
  const action = actionOf(wire.action, afterUrl(event.tenantId));
  if (wire.channel !== 'voice' || !action) return undefined;
  const commandId = wire.commandId || event.id;
  return {
    id: `${event.tenantId}/${commandId}`,
    tenantId: event.tenantId,
    commandId,
    conversationId: wire.conversationId,
    callSid: wire.threadKey,
    action,
  };
};

const isForProvider = (command: CallCommand): command is ProviderCommand => command.action.kind !== 'ask';

/** Carries out call commands, each once, and tells the core of those that are refused; the order of one call's commands is kept. */
export const controlCalls =
  (deps: {
    log: CommandLog;
    provider: Provider;
    questions: Pick<Questions, 'keep'>;
    /** Where the provider asks how a tenant's call goes on once a connection is over; empty when it shall end. */
    afterUrl(tenantId: string): string;
    inbox: Pick<Inbox, 'refused'>;
    facts: Facts;
    now: () => number;
  }): Handle =>
  async (deliveries) => {
    const commands = deliveries.flatMap((delivery) => commandOf(delivery, deps.afterUrl) ?? []);
    if (commands.length === 0) return;
    const keep = async ({ tenantId, callSid, action }: CallCommand) => {
      if (action.kind === 'ask') await deps.questions.keep(tenantId, callSid, action.question);
      return 'done' as const;
    };
    const done = await deps.log.done(commands.map(({ id }) => id));
    for (const command of commands) {
      if (done.has(command.id)) continue;
      const outcome = isForProvider(command) ? await deps.provider.carryOut(command) : await keep(command);
      // Told before it is remembered: told twice is one effect, and never told would leave a caller connected to nobody.
      if (outcome === 'refused') await deps.inbox.refused(command);
      await deps.log.remember(command.id, outcome, new Date(deps.now()));
      done.add(command.id);
      deps.facts.commandSettled(command.id, outcome);
    }
  };
