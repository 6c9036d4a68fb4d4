import { mongo } from 'mongoose';
import { plainRule } from '../src/domain/plan';
import type { WorkItem } from '../src/domain/work-item';
import { encodeRow } from '../src/outbound/row';
import type { Command } from '../src/use-cases/commands';
import type { DocChange, Held, Row, ShardLog } from '../src/use-cases/ports';
import { createShard } from '../src/use-cases/shard';

const DOCUMENT_MOST = 16 * 1024 * 1024;
const CONTACTS = 3_000;

const policy = (name: string) => ({
  id: 'p',
  name: '',
  rules: [{ ...plainRule('q'), name }],
  priorityPoints: { LOW: 0, NORMAL: 5, HIGH: 10, URGENT: 20 },
  ageingPointsPerMinute: 1,
  version: 0,
});

/** What a database would hold: the newest of each document, and the size of every row as it is stored. */
const createKept = () => {
  const docs = new Map<string, DocChange>();
  const rows: Row[] = [];
  const saved: number[] = [];
  const published: number[] = [];
  let saves = 0;
  let onSave: (() => void) | undefined;
  // After so many rows nothing is written any more: the process is gone.
  let left = Number.POSITIVE_INFINITY;
  const log: ShardLog = {
    async append(row) {
      if (left-- <= 0) return new Promise<never>(() => undefined);
      rows.push(row);
      for (const doc of row.docs) docs.set(`${doc.collection}/${doc.key}`, doc);
      return true;
    },
    async publish(list) {
      for (const { seq } of list) published.push(seq);
    },
    publishRest: async () => undefined,
    async save(_shard, list) {
      for (const { seq } of list) saved.push(seq);
      saves++;
      onSave?.();
    },
    note: async () => undefined,
    trim: async () => false,
    restore: async () => ({ seq: rows.length, docs: [...docs.values()], inbox: [] }),
  };
  const start = async () => {
    const shard = createShard({
      shard: 0,
      log,
      reads: { many: async () => new Map(), lately: async () => [] },
      now: Date.now,
      changed: () => undefined,
      lost: (why) => {
        throw new Error(why);
      },
      answered: () => undefined,
      bug: (error) => {
        throw error;
      },
    });
    await shard.start();
    const execute = (command: object) =>
      shard.execute({ tenantId: 't', requestId: '', fingerprint: '', ...command } as Command);
    return { shard, execute };
  };
  return {
    start,
    rows,
    saved,
    published,
    saves: () => saves,
    onSave: (call: () => void) => {
      onSave = call;
    },
    stopAfter: (count: number) => {
      left = count;
    },
    items: () =>
      [...docs.values()].flatMap(({ collection, held }) =>
        collection === 'work_items' ? [(held as Held<WorkItem>).state] : [],
      ),
  };
};

const sizeOf = (row: Row): number => mongo.BSON.calculateObjectSize(encodeRow(row, 'somebody').doc);

const until = async (what: () => boolean): Promise<void> => {
  while (!what()) await new Promise((resolve) => setImmediate(resolve));
};

test('a new policy over thousands of large contacts is written in rows that fit, goes on after a death, and offers nothing by old rules', async () => {
  const kept = createKept();
  const { execute } = await kept.start();
  await execute({ do: 'create', kind: 'queues', resource: { id: 'q', name: '', version: 0 } });
  await execute({ do: 'create', kind: 'policies', resource: policy('old') });
  const attributes = Object.fromEntries(Array.from({ length: 4 }, (_, i) => [`note-${i}`, 'x'.repeat(2_000)]));
  const about = { contactPoint: '', channel: 'chat', subject: '', language: '', topic: '', attributes };
  const submit = (i: number) =>
    execute({
      do: 'submit',
      origin: { ...about, id: `w${i}`, conversationId: '', priority: 'NORMAL', arrivedAt: Date.now() },
      policyId: 'p',
      queueId: '',
      preferredAgentId: '',
    });
  await Promise.all(Array.from({ length: CONTACTS }, (_, i) => submit(i)));
  const before = kept.rows.length;
  // The row of the command and one row of contacts, then it dies.
  kept.stopAfter(2);
  await execute({ do: 'update', kind: 'policies', id: 'p', fields: { rules: policy('new').rules }, version: 0 });
  await until(() => kept.rows.length === before + 2);
  expect(new Set(kept.items().map(({ ruleName }) => ruleName))).toEqual(new Set(['old', 'new']));

  kept.stopAfter(Number.POSITIVE_INFINITY);
  const after = await kept.start();
  const agent = { id: 'ann', name: '', teamId: '', queueIds: ['q'], skills: [], capacityUnits: 100 };
  await after.execute({
    do: 'create',
    kind: 'agents',
    resource: { ...agent, channelCosts: {}, interruptions: [], version: 0 },
  });
  await after.execute({ do: 'set_presence', agentId: 'ann', to: 'AVAILABLE', reason: '', setBy: 'ann' });
  await until(() => kept.rows.some(({ decisions }) => decisions.length > 0));
  await after.shard.stop();

  expect(kept.items().filter(({ ruleName, policyVersion }) => ruleName !== 'new' || policyVersion !== 2)).toEqual([]);
  const offeredIn = kept.rows.findIndex(({ decisions }) => decisions.length > 0);
  const placedIn = kept.rows.findLastIndex(({ docs }) => docs.filter(({ key }) => key.startsWith('t/w')).length > 1);
  expect(offeredIn).toBeGreaterThanOrEqual(placedIn);
  expect(kept.rows.flatMap(({ decisions }) => decisions.map(({ ruleName }) => ruleName))).toContain('new');
  expect(kept.rows.flatMap(({ decisions }) => decisions.map(({ ruleName }) => ruleName))).not.toContain('old');
  const sizes = kept.rows.map(sizeOf);
  // All in one would not have fit.
  expect(sizes.slice(before).reduce((sum, size) => sum + size, 0)).toBeGreaterThan(DOCUMENT_MOST);
  expect(Math.max(...sizes)).toBeLessThan(DOCUMENT_MOST / 1.5);
});

test('rows are saved and published in order, also those that come at the very moment when the others are', async () => {
  const queue = (id: string) => ({ do: 'create', kind: 'queues', resource: { id, name: '', version: 0 } });
  for (let turns = 0; turns < 30; turns++) {
    const kept = createKept();
    const { shard, execute } = await kept.start();
    let second: Promise<unknown> | undefined;
    kept.onSave(() => {
      let wait = Promise.resolve();
      for (let i = 0; i < turns; i++) wait = wait.then(() => undefined);
      second ??= wait.then(() => execute(queue('second')));
    });
    await execute(queue('first'));
    await until(() => second !== undefined);
    await second;
    // Nobody else comes to wake anybody.
    for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
    expect([turns, kept.saved, kept.published]).toEqual([turns, [1, 2], [1, 2]]);
    await shard.stop();
  }
});

test('rows that come one by one are saved a few together, and nobody who needs them saved waits for others', async () => {
  const kept = createKept();
  const { shard, execute } = await kept.start();
  const set = (i: number) =>
    execute({ do: 'set_presence', agentId: 'ann', to: i % 2 ? 'AVAILABLE' : 'OFFLINE', reason: '', setBy: 'ann' });
  const agent = { id: 'ann', name: '', teamId: '', queueIds: [], skills: [], capacityUnits: 100 };
  await execute({
    do: 'create',
    kind: 'agents',
    resource: { ...agent, channelCosts: {}, interruptions: [], version: 0 },
  });
  const before = kept.saves();
  for (let i = 1; i <= 20; i++) await set(i);
  await execute({ do: 'create', kind: 'queues', resource: { id: 'q', name: '', version: 0 } });
  const rows = kept.rows.map(({ seq }) => seq);
  expect(rows.length).toBeGreaterThan(20);
  expect(kept.saved).toEqual(rows);
  expect(kept.saves() - before).toBeLessThan(10);
  await shard.stop();
});
