import { conversationV1, routingV1, slaV1 } from '@throughline/proto';
import { eventually } from '@throughline/testing';
import type { Running } from './support/running';
import { available, setUp, startRouting } from './support/running';

const { REROUTE, RAISE_PRIORITY } = slaV1.EscalationActionKind;
const to = (queueId: string) => [{ kind: REROUTE, to: queueId }];

describe('an escalation of the clocks of a conversation', () => {
  let running: Running;
  beforeAll(async () => {
    running = await startRouting('escalation', 1);
  }, 60_000);
  afterAll(() => running.stop(), 60_000);

  const waiting = async (tenantId: string) => {
    const client = running.client(tenantId);
    await setUp(client, [{ id: 'ann' }]);
    await running.conversation(
      tenantId,
      'c1',
      'ConversationOpened',
      running.opened({ conversationId: 'c1', channel: 'chat' }),
    );
    await eventually('the work', () => running.events(tenantId).some(({ type }) => type === 'WorkItemQueued'));
    return client;
  };
  const queueOf = async (client: ReturnType<Running['client']>) =>
    (await client.getWorkItem({ workItemId: 'c1' })).workItem!.queueId;
  const moves = (tenantId: string) => running.events(tenantId).filter(({ type }) => type === 'WorkItemOverflowed');

  it('moves what waits to the queue it names, each step once', async () => {
    const client = await waiting('moved');
    await running.escalated('moved', 'c1', 3, [{ kind: RAISE_PRIORITY, to: 'high' }]);
    await running.escalated('moved', 'c1', 4, to('nowhere'));
    for (const sequence of [5, 5]) await running.escalated('moved', 'c1', sequence, to('reserve'));
    await eventually('the move', async () => (await queueOf(client)) === 'reserve');
    await running.escalated('moved', 'c1', 6, to('support'));
    await eventually('the move back', async () => (await queueOf(client)) === 'support');
    // The first again, late: it has had its effect.
    await running.escalated('moved', 'c1', 5, to('reserve'));
    await running.escalated('moved', 'c1', 7, to('support'));
    await running.escalated('moved', 'c1', 8, to('reserve'));
    await eventually('the last move', () => moves('moved').length === 3);
    expect(
      moves('moved').map(({ message }) => [message['fromQueueId'], message['toQueueId'], message['reason']]),
    ).toEqual([
      ['support', 'reserve', 'second line'],
      ['reserve', 'support', 'second line'],
      ['support', 'reserve', 'second line'],
    ]);
  }, 60_000);

  it('raises what waits when the conversation has become more pressing', async () => {
    const client = await waiting('pressing');
    await running.conversation('pressing', 'c2', 'ConversationOpened', running.opened({ conversationId: 'c2' }));
    await eventually('the second', async () => (await client.getWorkItem({ workItemId: 'c2' })).workItem);
    const changed = conversationV1.ConversationDetailsChanged.fromPartial({
      changedFields: ['priority'],
      priority: conversationV1.Priority.URGENT,
    });
    const bytes = conversationV1.ConversationDetailsChanged.encode(changed).finish();
    await running.conversation('pressing', 'c2', 'ConversationDetailsChanged', bytes);
    const workItem = await eventually('its priority', async () => {
      const found = (await client.getWorkItem({ workItemId: 'c2' })).workItem!;
      return found.priority === routingV1.WorkPriority.URGENT && found;
    });
    expect(workItem.queueId).toBe('support');
  }, 60_000);

  it('takes an offer back, and leaves what is in hand where it is', async () => {
    const client = await waiting('offered');
    await available(client, 'ann');
    const offered = await eventually('the offer', async () => {
      const { workItem } = await client.getWorkItem({ workItemId: 'c1' });
      return workItem!.state === routingV1.WorkState.OFFERED && workItem;
    });
    await client.acceptOffer({ offerId: offered.offerId, requestId: '' });
    await running.escalated('offered', 'c1', 1, to('reserve'));
    await running.conversation(
      'offered',
      'c2',
      'ConversationOpened',
      running.opened({ conversationId: 'c2', channel: 'email' }),
    );
    await eventually('the second', async () => (await client.getWorkItem({ workItemId: 'c2' })).workItem);
    await running.escalated('offered', 'c2', 1, to('reserve'));
    await eventually('the move', () => moves('offered').length > 0);
    expect(moves('offered').map(({ message }) => message['workItemId'])).toEqual(['c2']);
    expect((await client.getWorkItem({ workItemId: 'c1' })).workItem).toMatchObject({
      state: routingV1.WorkState.ASSIGNED,
      queueId: 'support',
    });
  }, 60_000);
});
