import { conversationV1, routingV1 } from '@throughline/proto';
import { eventually } from '@throughline/testing';
import type { Client, Running } from './support/running';
import { available, setUp, startRouting, submit } from './support/running';

const state = async (client: Client, id: string) => (await client.getWorkItem({ workItemId: id })).workItem!;
const offerOf = (client: Client, id: string) =>
  eventually(`an offer of ${id}`, async () => {
    const item = await state(client, id);
    return item.state === routingV1.WorkState.OFFERED && item;
  });
const refusal = (reason: string) => expect.objectContaining({ reason });

describe('routing on real Kafka and MongoDB', () => {
  let running: Running;
  beforeAll(async () => {
    running = await startRouting('routing');
  }, 60_000);
  afterAll(() => running.stop(), 60_000);

  it('gives a contact to the agent with the skill, and tells why, in words and again', async () => {
    const client = running.client('skills');
    await setUp(
      client,
      [{ id: 'ann' }, { id: 'ben', skills: [{ skillId: 'french', proficiency: 4 }] }],
      [
        { name: 'mails', when: routingV1.RuleCondition.fromPartial({ channels: ['email'] }), queueId: 'reserve' },
        { name: 'french', queueId: 'support', skills: [{ skillId: 'french', minProficiency: 3 }] },
      ],
    );
    await available(client, 'ann');
    await available(client, 'ben');
    await submit(client, { workItemId: 'w1', subject: 'Bonjour' });
    const offered = await offerOf(client, 'w1');
    expect(offered).toMatchObject({ agentId: 'ben', ruleName: 'french', queueId: 'support' });

    const { decision } = await eventually('the decision', () => client.getDecision({ decisionId: offered.decisionId }));
    expect(decision!.candidates).toEqual([
      expect.objectContaining({ agentId: 'ben', chosen: true, skipReason: '' }),
      expect.objectContaining({ agentId: 'ann', chosen: false, skipReason: 'SKILL_MISSING', detail: 'french' }),
    ]);
    expect(decision!.rules).toEqual([{ ruleName: 'mails', reason: 'channel is chat' }]);
    expect(decision!.explanation).toContain('Rule "french" of policy default version 1 applied');
    expect(decision!.explanation).toContain('1 skill missing');
    const replayed = await client.replayDecision({ decisionId: offered.decisionId, requestId: '' });
    expect(replayed).toEqual({ same: true, agentId: 'ben', ruleName: 'french', differences: [] });

    const accepted = await client.acceptOffer({ offerId: offered.offerId, requestId: 'r1' });
    expect(accepted.workItem).toMatchObject({ state: routingV1.WorkState.ASSIGNED, agentId: 'ben' });
    expect(await client.acceptOffer({ offerId: offered.offerId, requestId: 'r1' })).toEqual(accepted);
    await expect(client.declineOffer({ offerId: offered.offerId, reason: '', requestId: '' })).rejects.toEqual(
      refusal('OFFER_NOT_OPEN'),
    );
    const hands = await client.getAgentState({ agentId: 'ben' });
    expect(hands.state).toMatchObject({ usedUnits: 30, work: [expect.objectContaining({ workItemId: 'w1' })] });
    const done = await client.completeWorkItem({
      workItemId: 'w1',
      reason: 'solved',
      skipWrapUp: false,
      requestId: '',
    });
    expect(done.workItem!.state).toBe(routingV1.WorkState.COMPLETED);
    const told = await eventually('the events', () => {
      const types = running.events('skills').flatMap(({ type, topic }) => (topic === 'routing.work.v1' ? type : []));
      return types.length >= 5 && types;
    });
    expect(told).toEqual(['WorkItemQueued', 'OfferMade', 'OfferAccepted', 'WorkItemHandled', 'WorkItemCompleted']);
    // Ended and saved work is no longer in memory: commands about it answer the same.
    await eventually('the saved end', async () => (await state(client, 'w1')).endedAt);
    expect(
      (await client.completeWorkItem({ workItemId: 'w1', reason: 'solved', skipWrapUp: false, requestId: '' }))
        .workItem,
    ).toEqual(await state(client, 'w1'));
    await expect(submit(client, { workItemId: 'w1' })).rejects.toEqual(refusal('WORK_ITEM_EXISTS'));
  });

  it('a decline and no answer put it back at its age; who did not answer is not ready', async () => {
    const client = running.client('rona');
    await setUp(
      client,
      [{ id: 'ann' }, { id: 'ben' }, { id: 'cat' }],
      [{ name: 'all', queueId: 'support', offerTimeoutSeconds: 1 }],
    );
    const arrivedAt = new Date(Date.now() - 60_000);
    await submit(client, { workItemId: 'w', arrivedAt });
    for (const id of ['ann', 'ben', 'cat']) await available(client, id);
    const first = await offerOf(client, 'w');
    expect(first.agentId).toBe('ann');
    await client.declineOffer({ offerId: first.offerId, reason: 'lunch', requestId: '' });
    const second = await offerOf(client, 'w');
    expect(second).toMatchObject({ agentId: 'ben', arrivedAt });
    const third = await eventually('the third offer', async () => {
      const item = await state(client, 'w');
      return item.offerCount === 3 && item;
    });
    expect(third).toMatchObject({ agentId: 'cat', arrivedAt });
    expect((await client.getAgentState({ agentId: 'ben' })).state).toMatchObject({
      presence: routingV1.Presence.NOT_READY,
      reason: 'no_answer',
      work: [],
    });
    await expect(client.acceptOffer({ offerId: second.offerId, requestId: '' })).rejects.toEqual(
      refusal('OFFER_NOT_OPEN'),
    );
    await client.acceptOffer({ offerId: third.offerId, requestId: '' });
    const types = await eventually('all events', () => {
      const all = running.events('rona').map(({ type }) => type);
      return all.includes('OfferAccepted') && all;
    });
    expect(types.filter((type) => type.startsWith('Offer'))).toEqual([
      'OfferMade',
      'OfferDeclined',
      'OfferMade',
      'OfferTimedOut',
      'OfferMade',
      'OfferAccepted',
    ]);
  });

  it('asks for less as the wait goes on, and overflows', async () => {
    const client = running.client('relax');
    await setUp(
      client,
      [{ id: 'ann' }, { id: 'eve', queueIds: ['reserve'] }],
      [
        {
          name: 'billing',
          when: routingV1.RuleCondition.fromPartial({ topics: ['billing'] }),
          queueId: 'support',
          skills: [{ skillId: 'billing', minProficiency: 2 }],
          relaxation: [routingV1.RelaxationStep.fromPartial({ afterSeconds: 1, dropSkillIds: ['billing'] })],
        },
        {
          name: 'other',
          queueId: 'support',
          skills: [{ skillId: 'french', minProficiency: 1 }],
          overflow: routingV1.Overflow.fromPartial({ afterSeconds: 1, queueId: 'reserve' }),
        },
      ],
    );
    await available(client, 'ann');
    await available(client, 'eve');
    await submit(client, { workItemId: 'bill', topic: 'billing' });
    await submit(client, { workItemId: 'salut' });
    expect((await state(client, 'bill')).state).toBe(routingV1.WorkState.QUEUED);
    const relaxed = await offerOf(client, 'bill');
    expect(relaxed).toMatchObject({ agentId: 'ann', relaxationSteps: 1 });
    const { decision } = await eventually('the decision', () => client.getDecision({ decisionId: relaxed.decisionId }));
    expect(decision!.explanation).toContain('after 1 relaxation step');
    expect(await offerOf(client, 'salut')).toMatchObject({ agentId: 'eve', queueId: 'reserve' });
    const events = await eventually('both events', () => {
      const all = running.events('relax');
      return all.some(({ type }) => type === 'WorkItemOverflowed') && all;
    });
    expect(events.find(({ type }) => type === 'WorkItemRelaxed')!.message).toMatchObject({
      workItemId: 'bill',
      detail: 'after 1 s, billing no longer needed',
    });
  });

  it('goes on from target to target, skips one, and the decision tells the way', async () => {
    const client = running.client('targets');
    const rule = routingV1.RoutingRule.fromPartial({
      name: 'rings',
      queueId: 'support',
      targets: [
        { queueId: 'night', afterSeconds: 1, skipWhen: { noAgents: true } },
        { queueId: 'reserve', afterSeconds: 2, boostPoints: 5, skills: [{ skillId: 'french', minProficiency: 2 }] },
      ].map((target) => routingV1.RuleTarget.fromPartial(target)),
      overflow: routingV1.Overflow.fromPartial({
        afterSeconds: 600,
        queueId: 'elsewhere',
        skipWhen: { queueLongerThan: 9 },
      }),
    });
    for (const id of ['night', 'elsewhere']) {
      await client.createQueue({ queue: routingV1.Queue.fromPartial({ id, name: id }), requestId: '' });
    }
    await setUp(
      client,
      [{ id: 'eve', queueIds: ['reserve'], skills: [{ skillId: 'french', proficiency: 3 }] }],
      [rule],
    );
    const { routingPolicy } = await client.getRoutingPolicy({ routingPolicyId: 'default' });
    expect(routingPolicy!.rules[0]).toMatchObject({
      targets: [
        { queueId: 'night', afterSeconds: 1, skipWhen: { noAgents: true, queueLongerThan: 0 } },
        { queueId: 'reserve', afterSeconds: 2, boostPoints: 5, skills: [{ skillId: 'french', minProficiency: 2 }] },
      ],
      overflow: { afterSeconds: 600, queueId: 'elsewhere', skipWhen: { noAgents: false, queueLongerThan: 9 } },
    });
    await available(client, 'eve');
    await submit(client, { workItemId: 'w' });
    const offered = await offerOf(client, 'w');
    expect(offered).toMatchObject({ agentId: 'eve', queueId: 'reserve', ruleName: 'rings' });
    const { decision } = await eventually('the decision', () => client.getDecision({ decisionId: offered.decisionId }));
    expect(decision!.rules).toEqual([
      { ruleName: 'rings', reason: 'skipped: nobody of night is signed in' },
      { ruleName: 'rings', reason: expect.stringMatching(/^went on from support to reserve after \d+ s$/) },
    ]);
    expect(decision!.skills).toEqual([{ skillId: 'french', minProficiency: 2 }]);
    expect((await client.replayDecision({ decisionId: offered.decisionId, requestId: '' })).same).toBe(true);
    const moved = await eventually('the move', () =>
      running.events('targets').find(({ type }) => type === 'WorkItemOverflowed'),
    );
    expect(moved.message).toMatchObject({
      fromQueueId: 'support',
      toQueueId: 'reserve',
      reason: 'target of rule rings',
    });
  });

  it('a policy that cannot work is refused, and the violation points at the rule', async () => {
    const client = running.client('policies');
    await setUp(client, [{ id: 'ann' }]);
    const rules = [
      { name: 'a', queueId: 'support', skills: [{ skillId: 'klingon', minProficiency: 1 }] },
      { name: 'b', queueId: 'support', overflow: { afterSeconds: 5, queueId: 'reserve' } },
      { name: 'c', queueId: 'reserve', overflow: { afterSeconds: 5, queueId: 'support' } },
    ].map((rule) => routingV1.RoutingRule.fromPartial(rule));
    const routingPolicy = routingV1.RoutingPolicy.fromPartial({ id: 'p', rules });
    await expect(client.createRoutingPolicy({ routingPolicy, requestId: '' })).rejects.toMatchObject({
      reason: 'INVALID_ARGUMENT',
      violations: [
        { field: 'routing_policy.rules[0].skills[0].skill_id', rule: 'known' },
        { field: 'routing_policy.rules[1].overflow.queue_id', rule: 'acyclic' },
      ],
    });
    await expect(client.getRoutingPolicy({ routingPolicyId: 'p' })).rejects.toEqual(refusal('POLICY_NOT_FOUND'));
    await expect(client.deleteQueue({ queueId: 'support', requestId: '' })).rejects.toEqual(refusal('QUEUE_IN_USE'));
    await expect(submit(client, { queueId: 'nowhere' })).rejects.toEqual(refusal('QUEUE_NOT_FOUND'));
  });

  it('resources: create, page, update by mask and version, delete', async () => {
    const client = running.client('setup');
    const names = ['a', 'b', 'c'];
    for (const id of names) await client.createTeam({ team: { id, name: id, version: 0n }, requestId: '' });
    const page = await client.listTeams({ pageSize: 2, pageToken: '' });
    expect(page.teams.map(({ id }) => id)).toEqual(['a', 'b']);
    const rest = await client.listTeams({ pageSize: 2, pageToken: page.nextPageToken });
    expect(rest).toEqual({ teams: [{ id: 'c', name: 'c', version: 1n }], nextPageToken: '' });
    const set = { teamId: 'a', team: { id: '', name: 'Alpha', version: 1n }, updateMask: ['name'], requestId: '' };
    expect((await client.updateTeam(set)).team).toEqual({ id: 'a', name: 'Alpha', version: 2n });
    await expect(client.updateTeam(set)).rejects.toEqual(refusal('CHANGED_MEANWHILE'));
    await expect(client.updateTeam({ ...set, updateMask: ['colour'] })).rejects.toEqual(refusal('INVALID_ARGUMENT'));
    await client.deleteTeam({ teamId: 'a', requestId: '' });
    await expect(client.getTeam({ teamId: 'a' })).rejects.toEqual(refusal('TEAM_NOT_FOUND'));
    expect((await client.listTeams({ pageSize: 0, pageToken: '' })).teams.map(({ id }) => id)).toEqual(['b', 'c']);
    await expect(running.client('other').getTeam({ teamId: 'b' })).rejects.toEqual(refusal('TEAM_NOT_FOUND'));
    const once = { team: { id: '', name: 'x', version: 0n }, requestId: 'same' };
    expect(await client.createTeam(once)).toEqual(await client.createTeam(once));
    await expect(client.createTeam({ ...once, team: { id: '', name: 'y', version: 0n } })).rejects.toEqual(
      refusal('IDEMPOTENCY_KEY_REUSED'),
    );
  });

  it('conversations become work by event, and end it; a customer who returns goes to the last agent first', async () => {
    const client = running.client('events');
    await setUp(
      client,
      [{ id: 'ann' }, { id: 'ben' }],
      [{ name: 'all', queueId: 'support', preferredAgentSeconds: 30 }],
    );
    const open = running.opened({
      conversationId: 'c1',
      channel: 'chat',
      subject: 'Order',
      priority: conversationV1.Priority.HIGH,
    });
    await running.conversation('events', 'c1', 'ConversationOpened', open);
    await eventually('the work', () => state(client, 'c1'));
    await available(client, 'ben');
    const offered = await offerOf(client, 'c1');
    expect(offered).toMatchObject({
      conversationId: 'c1',
      agentId: 'ben',
      priority: routingV1.WorkPriority.HIGH,
      subject: 'Order',
    });
    await client.acceptOffer({ offerId: offered.offerId, requestId: '' });
    const solved = conversationV1.ConversationStateChanged.fromPartial({ to: conversationV1.ConversationState.SOLVED });
    const bytes = conversationV1.ConversationStateChanged.encode(solved).finish();
    await running.conversation('events', 'c1', 'ConversationStateChanged', bytes);
    await eventually('the end', async () => (await state(client, 'c1')).state === routingV1.WorkState.COMPLETED);
    await available(client, 'ann');
    const wrote = conversationV1.MessageReceived.fromPartial({ conversationId: 'c1', position: 7n });
    await running.conversation(
      'events',
      'c1',
      'MessageReceived',
      conversationV1.MessageReceived.encode(wrote).finish(),
    );
    const again = await offerOf(client, 'c1-7').catch(async () => offerOf(client, 'c1-7'));
    expect(again).toMatchObject({ agentId: 'ben', preferredAgentId: 'ben' });
    const left = conversationV1.CallProgressed.encode(
      conversationV1.CallProgressed.fromPartial({ step: 'ended' }),
    ).finish();
    await running.conversation('events', 'c1', 'CallProgressed', left);
    await eventually('the abandon', async () => (await state(client, 'c1-7')).endReason === 'CUSTOMER_LEFT');
    expect((await client.getAgentState({ agentId: 'ben' })).state!.work).toEqual([]);
    // A tenant without a policy is not routed.
    await running.conversation('unrouted', 'c9', 'ConversationOpened', open);
    await running.conversation(
      'events',
      'c2',
      'ConversationOpened',
      running.opened({ conversationId: 'c2', channel: 'chat' }),
    );
    await eventually('later work', () => state(client, 'c2'));
    await expect(state(running.client('unrouted'), 'c9')).rejects.toEqual(refusal('WORK_ITEM_NOT_FOUND'));
  });

  it('transfers keep the age; voice takes the whole agent, chats share, voice interrupts mail', async () => {
    const client = running.client('capacity');
    await setUp(client, [{ id: 'ann' }, { id: 'eve', queueIds: ['reserve'] }]);
    await available(client, 'ann');
    const arrivedAt = new Date(Date.now() - 5_000);
    for (const id of ['m1', 'm2']) await submit(client, { workItemId: id, channel: 'email', arrivedAt });
    for (const id of ['m1', 'm2'])
      await client.acceptOffer({ offerId: (await offerOf(client, id)).offerId, requestId: '' });
    await submit(client, { workItemId: 'call', channel: 'voice' });
    await client.acceptOffer({ offerId: (await offerOf(client, 'call')).offerId, requestId: '' });
    await submit(client, { workItemId: 'chat' });
    expect((await client.getAgentState({ agentId: 'ann' })).state).toMatchObject({ usedUnits: 140, openChannels: [] });
    const { position, noEstimateReason } = await client.getQueuePosition({ workItemId: 'chat' });
    expect([position, noEstimateReason]).toEqual([1n, 'TOO_LITTLE_DATA']);
    const pass = { workItemId: 'm1', queueId: 'reserve', agentId: '', reason: 'needs a second look', requestId: '' };
    const handover = { issue: 'a contract', tried: 'read it', promised: 'an answer by Friday', nextStep: 'read § 3' };
    await expect(
      client.transferWorkItem({ ...pass, handover: { ...handover, tried: '', nextStep: ' ' } }),
    ).rejects.toMatchObject({
      reason: 'HANDOVER_INCOMPLETE',
      violations: [
        { field: 'handover.tried', rule: 'required', description: 'say what was tried' },
        { field: 'handover.next_step', rule: 'required', description: 'say what is to be done now' },
      ],
    });
    await expect(client.transferWorkItem({ ...pass, handover: undefined })).rejects.toEqual(
      refusal('HANDOVER_INCOMPLETE'),
    );
    const moved = await client.transferWorkItem({ ...pass, handover });
    expect(moved.workItem).toMatchObject({ queueId: 'reserve', arrivedAt, transferCount: 1 });
    await available(client, 'eve');
    expect(await offerOf(client, 'm1')).toMatchObject({ agentId: 'eve', handover });
    expect((await client.getAgentState({ agentId: 'eve' })).state!.work).toMatchObject([{ handover }]);
    await eventually('the event', () =>
      running.events('capacity').some(({ type, message }) => {
        if (type === 'WorkItemTransferred') expect(message).toMatchObject({ fromAgentId: 'ann', handover });
        return type === 'WorkItemTransferred';
      }),
    );
    await client.completeWorkItem({ workItemId: 'call', reason: '', skipWrapUp: true, requestId: '' });
    expect(await offerOf(client, 'chat')).toMatchObject({ agentId: 'ann' });
    await eventually('the report', async () => {
      const query = routingV1.GetQueueReportRequest.fromPartial({ queueId: 'support' });
      const { report } = await client.getQueueReport(query);
      return (
        report!.answered === 3n &&
        report!.offered === 4n &&
        report!.transferred === 1n &&
        report!.serviceLevels[0]!.share === 1 &&
        report!.occupancy! > 0 &&
        report!.occupancy! <= 1 &&
        report!.metrics.some(({ name, use }) => name === 'occupancy' && use === 'planning')
      );
    });
    await expect(
      client.getQueueReport(routingV1.GetQueueReportRequest.fromPartial({ queueId: 'support', groupBy: 'agent' })),
    ).rejects.toEqual(refusal('METRIC_NOT_FOR_RANKING'));
  });

  it('a conversation that is passed on takes its work along: waiting, offered, in hand or done', async () => {
    const client = running.client('passed-on');
    await setUp(client, [{ id: 'ann' }, { id: 'eve', queueIds: ['reserve'] }]);
    const handover = { issue: 'i', tried: 't', promised: 'nothing', nextStep: 'n' };
    const pass = (conversationId: string, over: object) =>
      running.conversation(
        'passed-on',
        conversationId,
        'ConversationTransferred',
        conversationV1.ConversationTransferred.encode(
          conversationV1.ConversationTransferred.fromPartial({ conversationId, reason: 'r', handover, ...over }),
        ).finish(),
      );
    const open = (id: string) =>
      running.conversation('passed-on', id, 'ConversationOpened', running.opened({ conversationId: id }));
    await open('waits');
    await eventually('work', () => state(client, 'waits'));
    await pass('waits', { toQueueId: 'reserve' });
    await eventually('the move', async () => (await state(client, 'waits')).queueId === 'reserve');
    await available(client, 'eve');
    expect(await offerOf(client, 'waits')).toMatchObject({ agentId: 'eve', handover, offerCount: 1 });
    await pass('waits', { toQueueId: 'nobody-knows', toAgentId: 'eve' });
    const again = await eventually('another offer', async () => {
      const item = await state(client, 'waits');
      return item.offerCount === 2 && item;
    });
    expect(again).toMatchObject({ agentId: 'eve', queueId: 'reserve' });
    await client.acceptOffer({ offerId: again.offerId, requestId: '' });
    await pass('waits', { toQueueId: 'support' });
    await eventually('the way back', async () => (await state(client, 'waits')).queueId === 'support');
    await available(client, 'ann');
    await client.acceptOffer({ offerId: (await offerOf(client, 'waits')).offerId, requestId: '' });
    // What routing moved itself is not moved again.
    await pass('waits', { toQueueId: 'reserve', workItemId: 'waits' });
    await client.completeWorkItem({ workItemId: 'waits', reason: '', skipWrapUp: true, requestId: '' });
    await pass('waits', { toQueueId: 'reserve' });
    const anew = await eventually('new work', async () => {
      const { workItems } = await client.listWorkItems(
        routingV1.ListWorkItemsRequest.fromPartial({ conversationId: 'waits' }),
      );
      return workItems.find(({ id }) => id !== 'waits');
    });
    expect(anew).toMatchObject({ queueId: 'reserve', handover });
    expect(await state(client, 'waits')).toMatchObject({ state: routingV1.WorkState.COMPLETED, queueId: 'support' });
  });

  it('calls are announced to and connected, chats told their place; what was told is stored, missed and reported', async () => {
    const client = running.client('told');
    await setUp(client, [{ id: 'ann', callAddress: 'sip:ann@example.org' }]);
    const notices = {
      firstAfterSeconds: 0,
      repeatSeconds: 1,
      position: true,
      estimate: true,
      texts: { de: 'Guten Tag.' },
    };
    await client.updateQueue({
      queueId: 'support',
      queue: routingV1.Queue.fromPartial({ notices }),
      updateMask: ['notices'],
      requestId: '',
    });
    const open = (id: string, channel: string) =>
      running.conversation(
        'told',
        id,
        'ConversationOpened',
        running.opened({ conversationId: id, channel, language: 'de', threadKey: `thread-${id}` }),
        channel,
      );
    await open('call', 'voice');
    await eventually('the call', () => state(client, 'call'));
    await open('talk', 'chat');
    const said = await eventually('both notices', () => {
      const list = running.commands('told');
      return list.some(({ call }) => call) && list.some(({ message }) => message) && list;
    });
    const announced = said.find(({ call }) => call)!;
    expect(announced).toMatchObject({ key: 'told/call', call: { channel: 'voice', threadKey: 'thread-call' } });
    expect(announced.call!.action).toEqual({
      $case: 'announce',
      value: {
        text: 'Guten Tag. Sie sind als Nächstes an der Reihe. Wir können noch nicht sagen, wie lange es dauert.',
        language: 'de',
      },
    });
    expect(said.find(({ message }) => message)!.message).toMatchObject({
      channel: 'chat',
      threadKey: 'thread-talk',
      to: { value: 'ada@example.org' },
      text: expect.stringContaining('Sie sind Nummer 2 in der Warteschlange.'),
    });
    const asked = await client.getQueuePosition({ workItemId: 'talk' });
    expect(asked).toMatchObject({ position: 2n, estimate: undefined, noEstimateReason: 'NO_AGENTS' });
    const { toldWaits } = await state(client, 'talk');
    expect(toldWaits.at(-1)).toMatchObject({ queueId: 'support', position: 2n, noEstimateReason: 'NO_AGENTS' });
    expect(toldWaits[0]).toMatchObject({ announced: true });
    await eventually('it is said again', () => running.commands('told').filter(({ call }) => call).length >= 2);

    await available(client, 'ann');
    await client.acceptOffer({ offerId: (await offerOf(client, 'call')).offerId, requestId: '' });
    const connect = await eventually('the connection', () =>
      running.commands('told').find(({ call }) => call?.action?.$case === 'connect'),
    );
    expect(connect.call).toMatchObject({
      commandId: 'call~1/connect',
      threadKey: 'thread-call',
      action: { value: { address: 'sip:ann@example.org', timeoutSeconds: 20 } },
    });
    const { report } = await eventually('the report', async () => {
      const found = await client.getQueueReport(routingV1.GetQueueReportRequest.fromPartial({ queueId: 'support' }));
      return found.report!.toldWaits!.told >= 4n && found;
    });
    expect(report!.toldWaits).toMatchObject({ estimated: 0n, settled: 0n, withinRange: undefined });
    await expect(
      client.updateAgent({
        agentId: 'ann',
        agent: routingV1.Agent.fromPartial({ callAddress: 'call me' }),
        updateMask: ['call_address'],
        requestId: '',
      }),
    ).rejects.toMatchObject({ violations: [expect.objectContaining({ field: 'agent.call_address' })] });
  });

  it('a call that cannot be connected waits again at its age, and goes to somebody else', async () => {
    const client = running.client('refused');
    await setUp(client, [
      { id: 'ann', callAddress: '+4930111' },
      { id: 'ben', callAddress: '+4930222' },
    ]);
    await available(client, 'ann');
    const call = { conversationId: 'one', channel: 'voice', threadKey: 'CA1' };
    await running.conversation('refused', 'one', 'ConversationOpened', running.opened(call), 'voice');
    const offered = await offerOf(client, 'one');
    await client.acceptOffer({ offerId: offered.offerId, requestId: '' });
    const connect = await eventually('the connection', () =>
      running.commands('refused').find(({ call: one }) => one?.action?.$case === 'connect'),
    );
    const refused = (detail: string) =>
      running.conversation(
        'refused',
        'one',
        'CallProgressed',
        conversationV1.CallProgressed.encode(
          conversationV1.CallProgressed.fromPartial({ conversationId: 'one', step: 'command_refused', detail }),
        ).finish(),
        'voice',
      );
    await refused('another/announce');
    await refused(connect.call!.commandId);
    const back = await eventually('the call back in line', async () => {
      const { workItem } = await client.getWorkItem({ workItemId: 'one' });
      return workItem!.state === routingV1.WorkState.QUEUED && workItem!;
    });
    expect(back).toMatchObject({ arrivedAt: offered.arrivedAt, queuedAt: offered.queuedAt, agentId: '' });
    expect(back.answeredAt).toBeUndefined();
    expect((await client.getAgentState({ agentId: 'ann' })).state).toMatchObject({
      presence: routingV1.Presence.AVAILABLE,
      work: [],
    });
    await available(client, 'ben');
    const again = await offerOf(client, 'one');
    expect(again.agentId).toBe('ben');
    await client.acceptOffer({ offerId: again.offerId, requestId: '' });
    // Told of the first one once more: it is connected to somebody else by now.
    await refused(connect.call!.commandId);
    const told = await eventually('both offers accepted', () => {
      const all = running.events('refused').map(({ type, message }) => `${type} ${message['agentId'] ?? ''}`);
      return all.filter((one) => one.startsWith('OfferAccepted')).length === 2 && all;
    });
    expect(told.filter((one) => /Accepted|NotConnected/.test(one))).toEqual([
      'OfferAccepted ann',
      'CallNotConnected ann',
      'OfferAccepted ben',
    ]);
    const { report } = await eventually('the report', async () => {
      const found = await client.getQueueReport(routingV1.GetQueueReportRequest.fromPartial({ queueId: 'support' }));
      return found.report!.answered === 1n && found;
    });
    // One stay, answered once, by whoever really spoke with them.
    expect(report).toMatchObject({ offered: 1n, abandoned: 0n });
  });

  it('a callback keeps its place, survives the hang-up, is tried again and is no abandon', async () => {
    const client = running.client('callback');
    await setUp(
      client,
      [{ id: 'ann', callAddress: '+493012345678' }],
      [{ name: 'calls', when: routingV1.RuleCondition.fromPartial({ channels: ['voice'] }), queueId: 'support' }],
    );
    const openCall = (id: string) =>
      running.conversation(
        'callback',
        id,
        'ConversationOpened',
        running.opened({ conversationId: id, channel: 'voice', threadKey: id, destination: '+4930999' }),
        'voice',
      );
    for (const id of ['one', 'two', 'three']) {
      await openCall(id);
      await eventually(`the call ${id}`, () => state(client, id));
    }
    const ask = (over: Partial<routingV1.RequestCallbackRequest>) =>
      client.requestCallback(
        routingV1.RequestCallbackRequest.fromPartial({
          workItemId: 'two',
          phone: '+4930555123',
          retrySeconds: 1,
          maxAttempts: 2,
          requestId: 'again',
          ...over,
        }),
      );
    const past = new Date(Date.now() - 1_000);
    await expect(ask({ notAfter: past })).rejects.toMatchObject({
      violations: [expect.objectContaining({ field: 'not_after', rule: 'order' })],
    });
    await expect(ask({ phone: '555' })).rejects.toMatchObject({
      violations: [expect.objectContaining({ field: 'phone' })],
    });
    await expect(ask({ workItemId: 'nobody' })).rejects.toEqual(refusal('WORK_ITEM_NOT_FOUND'));
    const before = await client.getQueuePosition({ workItemId: 'two' });
    const { workItem } = await ask({});
    expect(workItem).toMatchObject({ channel: 'callback', callback: { phone: '+4930555123', maxAttempts: 2 } });
    expect((await ask({})).workItem).toEqual(workItem);
    await running.conversation(
      'callback',
      'two',
      'CallProgressed',
      conversationV1.CallProgressed.encode(
        conversationV1.CallProgressed.fromPartial({ conversationId: 'two', step: 'ended' }),
      ).finish(),
      'voice',
    );
    await openCall('four');
    await eventually('the call four', () => state(client, 'four'));
    expect((await client.getQueuePosition({ workItemId: 'two' })).position).toBe(before.position);

    await available(client, 'ann');
    for (const id of ['one', 'two']) {
      const { offerId } = await offerOf(client, id);
      await client.acceptOffer({ offerId, requestId: '' });
      if (id === 'one') await client.completeWorkItem({ workItemId: id, reason: '', skipWrapUp: true, requestId: '' });
    }
    const placed = await eventually('the call back', () =>
      running.commands('callback').find(({ call }) => call?.action?.$case === 'place'),
    );
    expect(placed.call!.action).toMatchObject({
      value: { to: '+4930555123', from: '+4930999', address: '+493012345678' },
    });
    const missed = () =>
      client.completeWorkItem({ workItemId: 'two', reason: 'NOT_REACHED', skipWrapUp: true, requestId: '' });
    const { workItem: waits } = await missed();
    expect(waits).toMatchObject({
      state: routingV1.WorkState.QUEUED,
      callback: { attempts: 1 },
      arrivedAt: workItem!.arrivedAt,
    });
    // Until it is tried again the next one is served.
    const three = await offerOf(client, 'three');
    await client.acceptOffer({ offerId: three.offerId, requestId: '' });
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await client.completeWorkItem({ workItemId: 'three', reason: '', skipWrapUp: true, requestId: '' });
    await client.acceptOffer({ offerId: (await offerOf(client, 'two')).offerId, requestId: '' });
    expect((await missed()).workItem).toMatchObject({ state: routingV1.WorkState.COMPLETED, endReason: 'NOT_REACHED' });
    const types = running.events('callback').map(({ type }) => type);
    expect(types.filter((type) => type.startsWith('Callback'))).toEqual(['CallbackRequested', 'CallbackNotReached']);
    const { report } = await eventually('the report', async () => {
      const found = await client.getQueueReport(routingV1.GetQueueReportRequest.fromPartial({ queueId: 'support' }));
      return found.report!.answered === 4n && found;
    });
    expect(report).toMatchObject({ abandoned: 0n });

    const later = new Date(Date.now() + 3_600_000);
    const { workItem: fresh } = await ask({ workItemId: '', queueId: 'support', notBefore: later, requestId: 'fresh' });
    expect(fresh).toMatchObject({
      state: routingV1.WorkState.QUEUED,
      channel: 'callback',
      callback: { nextAt: later },
    });
    await expect(client.getQueuePosition({ workItemId: fresh!.id })).rejects.toEqual(refusal('WORK_ITEM_NOT_WAITING'));
  });

  it('a queue guards itself: borrows, announces, offers callbacks, and lets go; a watcher sees it, decisions say it', async () => {
    const client = running.client('guard');
    await setUp(client, [{ id: 'ann' }, { id: 'eve', queueIds: ['reserve'] }]);
    const guard = routingV1.ServiceGuard.fromPartial({
      holdSeconds: 1,
      steps: [
        { afterSeconds: 1, action: routingV1.GuardAction.BORROW, queueIds: ['reserve'] },
        { afterSeconds: 2, action: routingV1.GuardAction.ANNOUNCE, texts: { en: 'It takes longer today.' } },
        { afterSeconds: 3, action: routingV1.GuardAction.OFFER_CALLBACK, texts: { en: 'Press 1 and we call you.' } },
      ],
    });
    const set = (steps: Partial<routingV1.GuardStep>[]) =>
      client.updateQueue({
        queueId: 'support',
        queue: routingV1.Queue.fromPartial({ guard: { ...guard, steps: steps as routingV1.GuardStep[] } }),
        updateMask: ['guard'],
        requestId: '',
      });
    await expect(
      set([
        { ...guard.steps[0]!, queueIds: ['nowhere'] },
        { ...guard.steps[1]!, afterSeconds: 1, texts: {} },
      ]),
    ).rejects.toMatchObject({
      violations: [
        expect.objectContaining({ field: 'queue.guard.steps', rule: 'order' }),
        expect.objectContaining({ field: 'queue.guard.steps[0].queue_ids[0]', rule: 'known' }),
        expect.objectContaining({ field: 'queue.guard.steps[1].texts', rule: 'required' }),
      ],
    });
    await set(guard.steps);
    const { queue } = await client.getQueue({ queueId: 'support' });
    expect(queue!.guard).toEqual({
      ...guard,
      releasePercent: 50,
      steps: guard.steps.map((one) => ({ ...one, widenSteps: 1 })),
    });
    await expect(client.deleteQueue({ queueId: 'reserve', requestId: '' })).rejects.toEqual(refusal('QUEUE_IN_USE'));

    const seen: routingV1.QueueLive[] = [];
    const stream = client.watchQueues({ queueIds: ['support'] });
    const reading = (async () => {
      for await (const { queue: live } of stream) seen.push(live!);
    })().catch(() => undefined);
    await eventually('the first look', () => seen.length > 0);
    expect(seen[0]).toMatchObject({ queueId: 'support', waiting: 0n, target: 0.8, serviceLevelVariant: 'SL-4' });
    expect(seen[0]!.serviceLevel).toBeUndefined();

    await available(client, 'eve');
    for (const id of ['first', 'second']) {
      await running.conversation(
        'guard',
        id,
        'ConversationOpened',
        running.opened({ conversationId: id, channel: 'voice', threadKey: id }),
        'voice',
        'phone:+4930777',
      );
      await eventually(`the call ${id}`, () => state(client, id));
    }
    const borrowed = await offerOf(client, 'first');
    expect(borrowed).toMatchObject({ agentId: 'eve', queueId: 'support' });
    const { decision } = await eventually('the decision', () =>
      client.getDecision({ decisionId: borrowed.decisionId }),
    );
    expect(decision!.explanation).toContain('Agents of reserve helped, because waits were long.');
    expect(await client.replayDecision({ decisionId: borrowed.decisionId, requestId: '' })).toMatchObject({
      same: true,
    });
    await client.acceptOffer({ offerId: borrowed.offerId, requestId: '' });
    const words = () =>
      running
        .commands('guard')
        .flatMap(({ call }) =>
          call?.action?.$case === 'announce' && call.threadKey === 'second' ? [call.action.value.text] : [],
        );
    await eventually('both announcements', () => words().length === 2);
    expect(words()).toEqual(['It takes longer today.', 'Press 1 and we call you.']);
    await eventually(
      'all steps on the stream',
      () => seen.at(-1)!.guardActions.length === 3 && seen.at(-1)!.waiting === 1n,
    );

    await running.conversation(
      'guard',
      'second',
      'CallProgressed',
      conversationV1.CallProgressed.encode(
        conversationV1.CallProgressed.fromPartial({ conversationId: 'second', step: 'keys_pressed', detail: '1' }),
      ).finish(),
      'voice',
      'phone:+4930777',
    );
    const back = await eventually('the callback', async () => {
      const item = await state(client, 'second');
      return item.callback && item;
    });
    expect(back).toMatchObject({ channel: 'callback', callback: { phone: '+4930777' } });
    const told = await eventually('all steps taken back', () => {
      const list = running.events('guard').filter(({ type }) => type.startsWith('QueueGuard'));
      return list.filter(({ type }) => type === 'QueueGuardStepReleased').length === 3 && list;
    });
    expect(told.map(({ type, message }) => `${type.replace('QueueGuardStep', '')} ${message['step']}`)).toEqual([
      'Taken 1',
      'Taken 2',
      'Taken 3',
      'Released 3',
      'Released 2',
      'Released 1',
    ]);
    expect(told[0]!.message).toMatchObject({
      queueId: 'support',
      reason: expect.stringMatching(/^oldest wait 1 s reached 1 s; /),
    });
    expect(told[0]!.id).toBe('guard/queue/support/1');
    await eventually(
      'calm on the stream',
      () => seen.at(-1)!.guardActions.length === 0 && seen.at(-1)!.callbacks === 1n,
    );
    await expect(
      (async () => {
        for await (const _ of client.watchQueues({ queueIds: ['nowhere'] })) break;
      })(),
    ).rejects.toEqual(refusal('QUEUE_NOT_FOUND'));
    stream.cancel();
    await reading;
  });

  it('a dry run decides past offers again under another policy and changes nothing', async () => {
    const client = running.client('dry');
    await setUp(client, [
      { id: 'ann', skills: [{ skillId: 'billing', proficiency: 2 }] },
      { id: 'ben', skills: [{ skillId: 'billing', proficiency: 4 }] },
    ]);
    await available(client, 'ann');
    await available(client, 'ben');
    const decisions: string[] = [];
    for (const [i, topic] of ['billing', 'other', 'other'].entries()) {
      await submit(client, { workItemId: `w${i}`, topic });
      const { offerId, decisionId } = await offerOf(client, `w${i}`);
      decisions.push(decisionId);
      await client.acceptOffer({ offerId, requestId: '' });
      await client.completeWorkItem({ workItemId: `w${i}`, reason: '', skipWrapUp: true, requestId: '' });
      await eventually('the decision', () => client.getDecision({ decisionId }));
    }
    const rule = (over: Partial<routingV1.RoutingRule>) =>
      routingV1.RoutingRule.fromPartial({ queueId: 'support', ...over });
    const run = (rules?: routingV1.RoutingRule[]) =>
      client.dryRunPolicy(
        routingV1.DryRunPolicyRequest.fromPartial({
          routingPolicyId: 'default',
          ...(rules ? { routingPolicy: { id: 'default', rules } } : {}),
        }),
      );
    expect(await run()).toMatchObject({ decisions: 3n, same: 3n, differences: [], truncated: false });
    const found = await run([
      rule({
        name: 'money',
        when: routingV1.RuleCondition.fromPartial({ topics: ['billing'] }),
        skills: [{ skillId: 'billing', minProficiency: 3 }],
      }),
      rule({ name: 'everything', when: routingV1.RuleCondition.fromPartial({ topics: ['nothing of this'] }) }),
      rule({ name: 'rest', queueId: 'reserve' }),
    ]);
    expect(found).toMatchObject({
      decisions: 3n,
      same: 0n,
      otherRule: 3n,
      otherQueue: 2n,
      otherAgent: 1n,
      notKnown: 2n,
    });
    const money = found.differences.find(({ decisionId }) => decisionId === decisions[0]);
    expect(money).toMatchObject({
      ruleName: 'everything',
      agentId: 'ann',
      newRuleName: 'money',
      newAgentId: 'ben',
      detail: 'rule money instead of everything; agent ben instead of ann',
    });
    expect(found.differences.find(({ decisionId }) => decisionId === decisions[1])).toMatchObject({
      newQueueId: 'reserve',
      newAgentId: '',
      detail:
        'rule rest instead of everything; waits in reserve instead of support; asks for agents who were not looked at then',
    });
    const { routingPolicy } = await client.getRoutingPolicy({ routingPolicyId: 'default' });
    expect(routingPolicy!.version).toBe(1n);
    for (const decisionId of decisions)
      expect(await client.replayDecision({ decisionId, requestId: '' })).toMatchObject({ same: true });
  });

  it('an agent sees offers come and go on the stream; offline takes them back', async () => {
    const client = running.client('watch');
    await setUp(client, [{ id: 'ann' }]);
    const stream = client.watchAgent({ agentId: 'ann' });
    const seen: string[] = [];
    const reading = (async () => {
      for await (const { state: now } of stream) {
        seen.push(
          `${now!.presence.replace('PRESENCE_', '')}:${now!.work.map((one) => one.state.replace('WORK_STATE_', '')).join()}`,
        );
      }
    })().catch(() => undefined);
    await eventually('the first state', () => seen.length > 0);
    await available(client, 'ann');
    await submit(client, { workItemId: 'w' });
    await eventually('the offer', () => seen.includes('AVAILABLE:OFFERED'));
    await client.setPresence({ agentId: 'ann', presence: routingV1.Presence.OFFLINE, reason: '', requestId: '' });
    await eventually('the end of the offer', () => seen.at(-1) === 'OFFLINE:');
    expect((await state(client, 'w')).state).toBe(routingV1.WorkState.QUEUED);
    await expect(
      client.setPresence({ agentId: 'ann', presence: routingV1.Presence.NOT_READY, reason: '', requestId: '' }),
    ).rejects.toMatchObject({ violations: [expect.objectContaining({ field: 'reason' })] });
    stream.cancel();
    await reading;
  });

  it('computes staffing', async () => {
    const found = await client_(running).computeStaffing(
      routingV1.ComputeStaffingRequest.fromPartial({
        contacts: 100,
        intervalSeconds: 1800,
        handleSeconds: 180,
        thresholdSeconds: 20,
        serviceLevel: 0.8,
        maxOccupancy: 0.85,
        shrinkage: 0.3,
      }),
    );
    expect(found).toMatchObject({ model: 'erlang_c', agents: 14, scheduledAgents: 20 });
    expect(found.serviceLevel).toBeCloseTo(0.8884, 3);
  });
});

const client_ = (running: Running) => running.client('staffing');
