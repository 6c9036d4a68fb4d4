import { routingV1 } from '@throughline/proto';
import { eventually } from '@throughline/testing';
import type { Client, Running } from './support/running';
import { available, setUp, startRouting, submit } from './support/running';

describe('taking over', () => {
  let running: Running;
  beforeAll(async () => {
    running = await startRouting('takeover', 2);
  }, 60_000);
  afterAll(() => running.stop(), 60_000);

  it('both processes answer for every tenant, whoever owns it', async () => {
    const [one, two] = running.apps;
    for (const tenantId of ['t1', 't2', 't3', 't4', 't5', 't6']) {
      const first = running.client(tenantId, one);
      const second = running.client(tenantId, two);
      await setUp(first, [{ id: 'ann' }]);
      await available(second, 'ann');
      await submit(second, { workItemId: 'w' });
      const offered = await eventually('the offer', async () => {
        const { workItem } = await first.getWorkItem({ workItemId: 'w' });
        return workItem!.state === routingV1.WorkState.OFFERED && workItem;
      });
      const request = { offerId: offered.offerId, requestId: 'r' };
      const answer = await first.acceptOffer(request);
      expect(await second.acceptOffer(request)).toEqual(answer);
      await expect(second.acceptOffer({ offerId: 'w~7', requestId: '' })).rejects.toMatchObject({
        reason: 'OFFER_NOT_OPEN',
      });
      await expect(first.cancelWorkItem({ workItemId: 'w', reason: 'x', requestId: '' })).rejects.toMatchObject({
        reason: 'WORK_ITEM_IN_HAND',
        kind: 'precondition',
      });
    }
  }, 60_000);

  it('queue, offers and hands survive a restart of everything, and events are published once', async () => {
    const before = running.client('again');
    await setUp(before, [{ id: 'ann' }], [{ name: 'all', queueId: 'support', offerTimeoutSeconds: 600 }]);
    await available(before, 'ann');
    const base = Date.now() - 10_000;
    for (let i = 0; i < 8; i++) await submit(before, { workItemId: `w${i}`, arrivedAt: new Date(base + i) });
    const held = await eventually('three offers', async () => {
      const { state } = await before.getAgentState({ agentId: 'ann' });
      return state!.work.length === 3 && state!;
    });
    await before.acceptOffer({ offerId: held.work[0]!.offerId, requestId: '' });
    for (const app of running.apps.splice(0)) await app.stop();
    await running.startOne();

    const after = running.client('again');
    const { state } = await eventually('the agent', () => after.getAgentState({ agentId: 'ann' }));
    expect(state!.work.map(({ workItemId, state: at }) => `${workItemId} ${at}`)).toEqual([
      'w0 WORK_STATE_ASSIGNED',
      'w1 WORK_STATE_OFFERED',
      'w2 WORK_STATE_OFFERED',
    ]);
    expect((await after.getQueuePosition({ workItemId: 'w5' })).position).toBe(3n);
    await after.completeWorkItem({ workItemId: 'w0', reason: '', skipWrapUp: true, requestId: '' });
    // The oldest of those who still wait is next, as if nothing had happened.
    await eventually('the next offer', async () => {
      const { workItem } = await after.getWorkItem({ workItemId: 'w3' });
      return workItem!.state === routingV1.WorkState.OFFERED;
    });
    const ids = await eventually('all events', () => {
      const all = running.events('again').filter(({ topic }) => topic === 'routing.work.v1');
      return all.some(({ type, message }) => type === 'OfferMade' && message['workItemId'] === 'w3') && all;
    });
    const numbers = new Map<string, Set<number>>();
    for (const { id } of ids) {
      const slash = id.lastIndexOf('/');
      numbers.set(id.slice(0, slash), (numbers.get(id.slice(0, slash)) ?? new Set()).add(Number(id.slice(slash + 1))));
    }
    for (const set of numbers.values()) expect([...set].sort()).toEqual(Array.from(set, (_, i) => i + 1));
    // Decisions of the last owner are explained and made again as ever.
    const { decision } = await after.getDecision({ decisionId: 'w1~1' });
    expect(decision!.candidates.map(({ agentId, chosen }) => [agentId, chosen])).toEqual([['ann', true]]);
    expect(await after.replayDecision({ decisionId: 'w1~1', requestId: '' })).toMatchObject({ same: true });
  }, 60_000);

  it('what estimates and the live service level rest on is known again after a restart', async () => {
    const before = running.client('known');
    await setUp(before, [{ id: 'ann' }]);
    await available(before, 'ann');
    const handle = async (workItemId: string, voice = false) => {
      await submit(before, { workItemId, ...(voice ? { channel: 'voice' } : {}) });
      await eventually('the offer', () => before.acceptOffer({ offerId: `${workItemId}~1`, requestId: '' }));
    };
    for (let i = 0; i < 10; i++) {
      await handle(`w${i}`);
      await before.completeWorkItem({ workItemId: `w${i}`, reason: '', skipWrapUp: true, requestId: '' });
    }
    await handle('call', true);
    await submit(before, { workItemId: 'next', channel: 'voice' });
    const { estimate: told } = await before.getQueuePosition({ workItemId: 'next' });
    expect(told).toBeDefined();
    const levelOf = async (client: Client) => {
      const stream = client.watchQueues({ queueIds: ['support'] });
      try {
        for await (const { queue } of stream) return queue!.serviceLevel;
      } finally {
        stream.cancel();
      }
      return undefined;
    };
    expect(await levelOf(before)).toBeGreaterThan(0);
    for (const app of running.apps.splice(0)) await app.stop();
    await running.startOne();

    const after = running.client('known');
    const estimate = await eventually('an estimate', async () => {
      const found = await after.getQueuePosition({ workItemId: 'next' });
      return found.estimate;
    });
    expect(estimate).toEqual(told);
    // Without contacts that were answered there would be none.
    expect(await levelOf(after)).toBeGreaterThan(0);
  }, 60_000);
});
