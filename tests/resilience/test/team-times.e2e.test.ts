import type { IncomingEvent } from '@throughline/bus';
import { conversationV1, routingV1, slaV1 } from '@throughline/proto';
import { createClient } from '@throughline/rpc';
import { eventually, freePort } from '@throughline/testing';
import { infra } from '../src/infra';
import type { World } from '../src/world';
import { chatMessage, openWorld, pause, TENANT } from '../src/world';

const { Metric } = slaV1;
const CUSTOMER_SECONDS = 24;
const TEAM_SECONDS = 10;

describe('times of teams (OLA), from the first message to the breach', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld(infra());
  }, 30_000);
  afterAll(() => world?.close(), 30_000);

  it('the team that has a conversation is warned before what its customer was promised breaks, by whoever is left', async () => {
    const told: { name: string; at: number; event: IncomingEvent }[] = [];
    world.bus.consume({
      group: 'outside',
      topics: ['sla.clocks.v1'],
      deadLetters: { load: async () => [], park: async () => {}, unpark: async () => {} },
      async handle(deliveries) {
        for (const { event } of deliveries) {
          if (told.some((one) => one.event.id === event.id)) continue;
          told.push({ name: event.type.split('.').pop()!, at: Date.now(), event });
        }
      },
    });
    const serve = async (service: string, settings: Record<string, string> = {}) => {
      const [port, ops] = [await freePort(), await freePort()];
      const member = world.start(service, '', { GRPC_PORT: String(port), OPS_PORT: String(ops), ...settings });
      await eventually(service, async () => (await fetch(`http://127.0.0.1:${ops}/readyz`)).ok, 60_000);
      return { member, address: `127.0.0.1:${port}` };
    };
    const call = { caller: world.callerToken, deadlineMs: 30_000 };
    const conversation = await serve('conversation');
    const routing = await serve('routing');
    const lease = { SLA_LEASE_MS: '2000' };
    const sla = await serve('sla', lease);
    const other = await serve('sla', lease);
    const clocks = createClient(slaV1.SlaServiceService, sla.address, call);
    const queues = createClient(routingV1.RoutingServiceService, routing.address, call);
    const talks = createClient(conversationV1.ConversationServiceService, conversation.address, call);

    for (const id of ['support', 'second-line']) {
      await queues.createQueue({ queue: routingV1.Queue.fromPartial({ id, name: id }), requestId: '' });
    }
    const rule = routingV1.RoutingRule.fromPartial({ name: 'all', queueId: 'support' });
    const routingPolicy = routingV1.RoutingPolicy.fromPartial({ id: 'default', rules: [rule] });
    await queues.createRoutingPolicy({ routingPolicy, requestId: '' });
    const policy = (policyId: string, metric: slaV1.Metric, targetSeconds: number, extra: object = {}) =>
      clocks.createSlaPolicy(
        slaV1.CreateSlaPolicyRequest.fromPartial({ policyId, targets: [{ metric, targetSeconds }], ...extra } as never),
      );
    await policy('customer', Metric.FIRST_REPLY, CUSTOMER_SECONDS);
    await policy('team', Metric.TEAM_TIME, TEAM_SECONDS, {
      conditions: [{ field: 'queue', anyOf: ['support'] }],
      warnPercents: [50],
    });
    await policy('second-line', Metric.TEAM_TIME, TEAM_SECONDS, { order: 1 });
    await pause(1_100);

    await world.bus.producer.publish([chatMessage('ada', 1, Date.now(), 'where is my order?').record]);
    const find = (name: string, metric: string, team = '') =>
      told.find(
        ({ name: one, event }) =>
          one === name &&
          event.subject.includes(metric) &&
          (!team || slaV1.ClockStarted.decode(event.data).clock?.team === team),
      );
    await eventually('the time of the team', () => find('ClockStarted', 'team_time', 'support'), 30_000);
    // One of the two dies with the timers it has; the other fires them.
    await sla.member.kill();

    const warned = await eventually('the warning', () => find('ClockWarned', 'team_time', 'support'), 30_000);
    const customer = slaV1.ClockStarted.decode(find('ClockStarted', 'first_reply')!.event.data);
    const dueAt = customer.clock!.dueAt!.getTime();
    expect(slaV1.ClockWarned.decode(warned.event.data)).toMatchObject({ percent: 50, customerDueAt: new Date(dueAt) });
    expect(warned.at).toBeLessThan(dueAt);
    const breached = await eventually('the breach of the team', () => find('ClockBreached', 'team_time'), 30_000);
    expect(slaV1.ClockBreached.decode(breached.event.data).customerDueAt?.getTime()).toBe(dueAt);
    expect(breached.at).toBeLessThan(dueAt);

    // Another team has it from now on, with a time of its own.
    const { conversationId } = warned.event;
    await talks.transferConversation(
      conversationV1.TransferConversationRequest.fromPartial({
        conversationId: conversationId!,
        queueId: 'second-line',
        reason: 'needs a specialist',
        handover: {
          issue: 'an order is missing',
          tried: 'looked it up',
          promised: 'nothing',
          nextStep: 'ask the carrier',
        },
      }),
    );
    const stopped = await eventually(
      'the end of the first time',
      () => find('ClockStopped', 'team_time', 'support'),
      30_000,
    );
    expect(slaV1.ClockStopped.decode(stopped.event.data)).toMatchObject({
      met: false,
      reason: 'handed to second-line',
    });
    await eventually('the next time', () => find('ClockStarted', 'team_time', 'second-line'), 30_000);

    const missed = await eventually('the breach', () => find('ClockBreached', 'first_reply'), 60_000);
    expect(missed.at).toBeGreaterThanOrEqual(dueAt);
    const once = (name: string, metric: string) =>
      told.filter((one) => one.name === name && one.event.subject.includes(metric)).length;
    expect([once('ClockWarned', 'team_time'), once('ClockBreached', 'first_reply')]).toEqual([1, 1]);
    expect(other.member.alive()).toBe(true);
    expect(conversationId).toBeTruthy();
    expect(TENANT).toBe(warned.event.tenantId);
    for (const client of [clocks, queues, talks]) client.close();
  }, 180_000);
});
