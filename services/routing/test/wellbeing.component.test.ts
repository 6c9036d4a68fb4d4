import { routingV1 } from '@throughline/proto';
import { eventually } from '@throughline/testing';
import type { Client, Running } from './support/running';
import { available, setUp, startRouting, submit } from './support/running';

const { WorkState } = routingV1;

const policy = (over: Partial<routingV1.WellbeingPolicy>) => ({
  wellbeingPolicy: routingV1.WellbeingPolicy.fromPartial(over as never),
  requestId: '',
});
const complaints = { when: [routingV1.RuleCondition.fromPartial({ topics: ['complaint'] })] };

const offered = (client: Client, workItemId: string) =>
  eventually(`the offer of ${workItemId}`, async () => {
    const { workItem } = await client.getWorkItem({ workItemId });
    return workItem!.state === WorkState.OFFERED && workItem;
  });
const serve = async (client: Client, workItemId: string, hard?: boolean) => {
  const item = await offered(client, workItemId);
  await client.acceptOffer({ offerId: item.offerId, requestId: '' });
  await client.completeWorkItem({ workItemId, reason: 'DONE', skipWrapUp: true, requestId: '', hard });
  return item;
};
const decisionOf = async (client: Client, workItemId: string) => {
  const { decisionId } = await offered(client, workItemId);
  return eventually('the decision', async () => (await client.getDecision({ decisionId })).decision);
};

describe('conduct and wellbeing', () => {
  let running: Running;
  beforeAll(async () => {
    running = await startRouting('wellbeing', 2, { ROUTING_LEASE_MS: '10000' });
  }, 60_000);
  afterAll(() => running.stop(), 60_000);

  it('are settings that are checked, versioned and read back', async () => {
    const client = running.client('settings');
    expect((await client.getWellbeingPolicy({})).wellbeingPolicy).toMatchObject({
      shortBreakSeconds: 60,
      shortContactSeconds: 10,
      hardContacts: undefined,
      version: 0n,
    });
    const set = policy({ coolDown: { afterContacts: 0, seconds: 60 }, hardContacts: complaints as never });
    const { wellbeingPolicy } = await client.setWellbeingPolicy(set);
    expect(wellbeingPolicy).toMatchObject({
      coolDown: { afterContacts: 1, seconds: 60 },
      hardContacts: { windowMinutes: 60, when: [{ topics: ['complaint'] }] },
      version: 1n,
    });
    // Whichever process is asked.
    const other = running.client('settings', running.apps[1]);
    await eventually('the same', async () => (await other.getWellbeingPolicy({})).wellbeingPolicy!.version === 1n);
    await expect(client.setWellbeingPolicy(policy({ version: 7n }))).rejects.toMatchObject({
      reason: 'CHANGED_MEANWHILE',
    });
    await expect(
      client.setWellbeingPolicy(policy({ coolDown: { afterContacts: 1, seconds: 60 } })),
    ).rejects.toMatchObject({
      reason: 'INVALID_ARGUMENT',
      violations: [{ field: 'wellbeing_policy.hard_contacts', rule: 'required' }],
    });
    const low = { percent: 30, windowMinutes: 30, givesWayAfterSeconds: 0 };
    await expect(client.setWellbeingPolicy(policy({ occupancyCeiling: low }))).rejects.toMatchObject({
      reason: 'INVALID_ARGUMENT',
    });
  }, 30_000);

  it('a cool-down keeps contacts away, is explained and replayed, may be declined, and survives a take-over', async () => {
    const client = running.client('rest');
    await setUp(client, [{ id: 'ann' }, { id: 'ben' }]);
    await client.setWellbeingPolicy(
      policy({ coolDown: { afterContacts: 1, seconds: 600 }, hardContacts: complaints as never }),
    );
    await available(client, 'ann');
    await submit(client, { workItemId: 'angry', topic: 'complaint' });
    expect((await serve(client, 'angry')).agentId).toBe('ann');
    const { state } = await client.getAgentState({ agentId: 'ann' });
    expect(state).toMatchObject({ openChannels: [], hardContactsLately: 1 });
    expect(state!.coolDownUntil!.getTime()).toBeGreaterThan(Date.now() + 500_000);
    expect(state!.restReason).toContain('cool-down until');

    // The other is offered what comes, though ann waits longer; and the decision says so.
    await available(client, 'ben');
    await submit(client, { workItemId: 'w1' });
    const decision = await decisionOf(client, 'w1');
    expect(decision!.agentId).toBe('ben');
    expect(decision!.skipped).toMatchObject({ COOL_DOWN: 1 });
    expect(decision!.explanation).toContain(`Resting: ann (cool-down until ${state!.coolDownUntil!.toISOString()}`);
    expect((await client.replayDecision({ decisionId: decision!.id, requestId: '' })).same).toBe(true);

    // Whoever takes over knows it as well.
    for (const app of running.apps.splice(0)) await app.stop();
    await running.startOne();
    const after = running.client('rest');
    const again = await eventually('the agent', () => after.getAgentState({ agentId: 'ann' }));
    expect(again.state!.coolDownUntil).toEqual(state!.coolDownUntil);
    await serve(after, 'w1');
    await after.setPresence({
      agentId: 'ben',
      presence: routingV1.Presence.OFFLINE,
      reason: '',
      requestId: '',
    });
    await submit(after, { workItemId: 'w2' });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await after.getWorkItem({ workItemId: 'w2' })).workItem!.state).toBe(WorkState.QUEUED);

    // Nobody has to rest, and the place in line was kept.
    const ended = await after.endCoolDown({ agentId: 'ann', requestId: 'e' });
    expect(ended.state).toMatchObject({ coolDownUntil: undefined, restReason: '' });
    expect(ended.state!.idleSince).toEqual(state!.idleSince);
    expect((await offered(after, 'w2')).agentId).toBe('ann');
  }, 60_000);

  it('a rest ends by itself, and what waited is offered then', async () => {
    const client = running.client('short');
    await setUp(client, [{ id: 'ann' }]);
    await client.setWellbeingPolicy(policy({ coolDown: { afterContacts: 1, seconds: 10 }, hardContacts: {} as never }));
    await available(client, 'ann');
    await submit(client, { workItemId: 'marked' });
    await serve(client, 'marked', true);
    const { state } = await client.getAgentState({ agentId: 'ann' });
    await submit(client, { workItemId: 'next' });
    const item = await eventually(
      'the offer',
      async () => {
        const { workItem } = await client.getWorkItem({ workItemId: 'next' });
        return workItem!.state === WorkState.OFFERED && workItem;
      },
      15_000,
    );
    const decision = await eventually(
      'the decision',
      async () => (await client.getDecision({ decisionId: item.decisionId })).decision,
    );
    const late = decision!.decidedAt!.getTime() - state!.coolDownUntil!.getTime();
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(2_000);
  }, 30_000);

  it('hard contacts go round, whoever waits longest', async () => {
    const client = running.client('spread');
    await setUp(client, [{ id: 'ann' }, { id: 'ben' }, { id: 'cat' }]);
    await client.setWellbeingPolicy(policy({ hardContacts: complaints as never }));
    const agents: string[] = [];
    for (const id of ['ann', 'ben', 'cat']) await available(client, id);
    // All are over within the short contact, so places in line do not move: without spreading ann would get all of them.
    for (let i = 0; i < 6; i++) {
      await submit(client, { workItemId: `h${i}`, topic: 'complaint' });
      agents.push((await serve(client, `h${i}`)).agentId);
    }
    expect(agents).toEqual(['ann', 'ben', 'cat', 'ann', 'ben', 'cat']);
    await submit(client, { workItemId: 'easy' });
    expect((await serve(client, 'easy')).agentId).toBe('ann');
  }, 30_000);
});
