import { plainRule } from '../src/domain/plan';
import type { World } from '../src/use-cases/batch';
import { createBatch, tenantOf } from '../src/use-cases/batch';
import type { Command } from '../src/use-cases/commands';
import { run } from '../src/use-cases/commands';
import { createDue } from '../src/use-cases/due';

const START = 1_000_000_000_000;

const createStage = () => {
  const world: World = { tenants: new Map(), due: createDue() };
  const tenant = tenantOf(world, 't');
  const say = (command: object): void => {
    const batch = createBatch(world, new Map());
    run(batch, tenant, { tenantId: 't', requestId: '', fingerprint: '', ...command } as Command, START + 60_000);
  };
  for (const id of ['q', 'r']) say({ do: 'create', kind: 'queues', resource: { id, name: '', version: 0 } });
  const priorityPoints = { LOW: -5, NORMAL: 0, HIGH: 5, URGENT: 10 };
  const resource = { id: 'default', rules: [plainRule('q')], priorityPoints, ageingPointsPerMinute: 1, version: 0 };
  say({ do: 'create', kind: 'policies', resource });
  for (const [id, at] of [
    ['first', 0],
    ['second', 1_000],
  ] as const) {
    const about = { contactPoint: '', channel: 'chat', subject: '', language: '', topic: '', attributes: {} };
    const origin = { ...about, id, conversationId: id, priority: 'NORMAL', arrivedAt: START + at };
    say({ do: 'submit', origin, policyId: 'default', queueId: '', preferredAgentId: '' });
  }
  const item = (id: string) => tenant.work.get(id)!.state;
  return { tenant, say, item, position: (id: string) => tenant.matcher.position(id, START + 60_000) };
};

test('what waits moves up when its conversation becomes more pressing, each change once', () => {
  const { say, item, position } = createStage();
  expect(position('second')).toBe(2);
  const pressing = { do: 'reprioritize', conversationId: 'second', priority: 'URGENT', heard: 5 };
  say(pressing);
  expect([position('second'), position('first')]).toEqual([1, 2]);
  expect(item('second')).toMatchObject({ priority: 'URGENT', queueId: 'q', heard: 5 });
  say({ ...pressing, priority: 'LOW', heard: 6 });
  expect(position('second')).toBe(2);
  // Heard again, late: it has had its effect.
  say(pressing);
  expect(item('second').priority).toBe('LOW');
});

test('an escalation moves what waits, each step once, and nothing to a queue that nobody knows', () => {
  const { say, item } = createStage();
  const reroute = {
    do: 'reroute',
    conversationId: 'first',
    queueId: 'r',
    reason: 'step',
    sequence: 3,
    saidAt: START + 9,
  };
  say({ ...reroute, queueId: 'nowhere' });
  say({ ...reroute, saidAt: START - 1 });
  expect(item('first').queueId).toBe('q');
  say(reroute);
  expect(item('first')).toMatchObject({ queueId: 'r', escalated: 3 });
  say({ ...reroute, queueId: 'q', sequence: 4 });
  say(reroute);
  expect(item('first').queueId).toBe('q');
});
