import type { World } from '../src/use-cases/batch';
import { createBatch, tenantOf } from '../src/use-cases/batch';
import type { Command } from '../src/use-cases/commands';
import { run } from '../src/use-cases/commands';
import { createDue } from '../src/use-cases/due';
import type { Fact } from '../src/use-cases/ports';
import { check } from '../src/use-cases/route';

const S = 1_000;
const START = 1_000_000_000_000;

/** A shard's memory without the shard: commands at chosen moments, and the facts they make. */
const createStage = () => {
  const world: World = { tenants: new Map(), due: createDue() };
  const tenant = tenantOf(world, 't');
  const by = { tenantId: 't', requestId: '', fingerprint: '' };
  const facts: Fact[] = [];
  const say = (seconds: number, command: object): unknown => {
    const batch = createBatch(world, new Map());
    const result = run(batch, tenant, { ...by, ...command } as Command, START + seconds * S);
    facts.push(...batch.facts);
    return result;
  };
  return {
    tenant,
    say,
    /** Lets the time pass until then, with everything that falls due. */
    pass(seconds: number): string[] {
      const until = START + seconds * S;
      const told: Fact[] = [];
      for (let next = world.due.next(); next !== undefined && next <= until; next = world.due.next()) {
        const batch = createBatch(world, new Map());
        for (const key of world.due.take(next, 10)) check(batch, tenant, key.slice(2), next);
        told.push(...batch.facts);
      }
      facts.push(...told);
      return told.map(({ event }) => `${event.type} ${(event.at - START) / S}`);
    },
    facts,
  };
};

const origin = (id: string, at: number) => ({
  id,
  conversationId: id,
  contactPoint: '',
  channel: 'chat',
  priority: 'NORMAL',
  subject: '',
  language: '',
  topic: '',
  attributes: {},
  arrivedAt: START + at * S,
});

describe('told waits as time passes', () => {
  it('a told wait that is over is missed once, at its very end, and the report counts it', () => {
    const { tenant, say, pass } = createStage();
    const goal = { targetPercent: 80, thresholdSeconds: 20, shortAbandonSeconds: 5 };
    say(0, { do: 'create', kind: 'queues', resource: { id: 'q', name: '', serviceLevel: goal, version: 0 } });
    const agent = {
      id: 'ann',
      name: '',
      teamId: '',
      queueIds: ['q'],
      skills: [],
      capacityUnits: 100,
      channelCosts: {},
      interruptions: [],
    };
    say(0, { do: 'create', kind: 'agents', resource: agent });
    say(0, { do: 'set_presence', agentId: 'ann', to: 'AVAILABLE', reason: '', setBy: 'ann' });
    for (let i = 0; i < 10; i++) tenant.noteHandled('q', 120);
    say(10, { do: 'submit', origin: origin('w', 10), policyId: '', queueId: 'q', preferredAgentId: '' });
    expect(say(10, { do: 'tell_position', workItemId: 'w' })).toMatchObject({
      position: 1,
      estimate: { kind: 'range', fromSeconds: 0, toSeconds: 240 },
    });
    // A minute later the data say more; the first promise stands all the same.
    for (let i = 0; i < 50; i++) tenant.noteHandled('q', 600);
    expect(say(70, { do: 'tell_position', workItemId: 'w' })).toMatchObject({ estimate: { toSeconds: 1200 } });
    expect(pass(249.9)).toEqual([]);
    expect(pass(1_000)).toEqual(['estimate_missed 250']);
    expect(pass(1_269)).toEqual([]);
    expect(pass(5_000)).toEqual(['estimate_missed 1270']);
    const { waits } = tenant.work.get('w')!.state;
    expect(waits!.map(({ missedAt }) => (missedAt - START) / S)).toEqual([250, 1_270]);
  });

  it('a callback waits for its window, is not offered before, and is given up after it, as no abandon', () => {
    const { tenant, say, pass, facts } = createStage();
    const goal = { targetPercent: 80, thresholdSeconds: 20, shortAbandonSeconds: 5 };
    say(0, { do: 'create', kind: 'queues', resource: { id: 'q', name: '', serviceLevel: goal, version: 0 } });
    say(0, { do: 'submit', origin: origin('early', 0), policyId: '', queueId: 'q', preferredAgentId: '' });
    say(5, { do: 'submit', origin: origin('late', 5), policyId: '', queueId: 'q', preferredAgentId: '' });
    const callback = {
      phone: '+4930555123',
      notBefore: START + 100 * S,
      notAfter: START + 200 * S,
      attempts: 0,
      maxAttempts: 3,
      retrySeconds: 60,
      nextAt: START + 100 * S,
      from: '',
    };
    say(10, { do: 'callback', workItemId: 'early', callback, origin: origin('x', 10), policyId: '', queueId: '' });
    expect(tenant.matcher.has('early')).toBe(false);
    expect(tenant.matcher.position('late', START + 50 * S)).toBe(1);
    pass(100);
    // Its age is the old one, and so is its place.
    expect(tenant.matcher.position('early', START + 100 * S)).toBe(1);
    expect(tenant.matcher.position('late', START + 100 * S)).toBe(2);
    expect(pass(300)).toEqual(['cancelled 200']);
    expect(facts.at(-1)!.after).toMatchObject({
      state: 'CANCELLED',
      endReason: 'CALLBACK_WINDOW_OVER',
      stays: [expect.objectContaining({ result: 'flow_out' })],
    });
  });
});
