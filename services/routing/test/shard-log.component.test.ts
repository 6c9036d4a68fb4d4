import { testScope } from '@throughline/testing';
import { mongo } from 'mongoose';
import { createMongoShardLog } from '../src/outbound/mongo-shard-log';
import type { Row, ShardLog } from '../src/use-cases/ports';

const SHARD = 3;
const DAY_MS = 24 * 3_600_000;

describe('the rows of a shard', () => {
  const scope = testScope('shardlog');
  let client: mongo.MongoClient;
  let db: mongo.Db;
  let log: ShardLog;
  beforeAll(async () => {
    client = await new mongo.MongoClient(scope.mongoUrl).connect();
    db = client.db(scope.db);
    log = made();
  });
  afterAll(async () => {
    await db.dropDatabase();
    await client.close();
  });

  const nothing = () => Promise.reject(new Error('rows without facts publish nothing'));
  const row = (seq: number, key: string, created = false): Row => {
    const held = { state: { seq }, rev: seq, eventSeq: 0, asked: [] };
    const doc = { collection: 'agent_states' as const, key, held, ...(created ? { created } : {}) };
    return { shard: SHARD, seq, docs: [doc], decisions: [], facts: [], answers: [] };
  };
  const write = async (rows: Row[]) => {
    for (const one of rows) expect(await log.append(one)).toBe(true);
    await log.publish(rows);
    await log.save(SHARD, rows);
  };
  const made = (own = db) =>
    createMongoShardLog(own, { publish: nothing, stats: () => ({ requests: 0, records: 0, bytes: 0 }) });
  const savedSeq = async () => (await db.collection('shards').findOne({ _id: SHARD as never }))?.['savedSeq'] ?? 0;
  const saved = async (key: string) => (await db.collection('agent_states').findOne({ _id: key as never }))?.['rev'];
  const kept = () => db.collection('log').find({ shard: SHARD }).sort({ _id: 1 }).toArray();

  it('save the newest of each document, whoever saves it and however often', async () => {
    await write([row(1, 't/a', true), row(2, 't/b', true), row(3, 't/a')]);
    expect([await saved('t/a'), await saved('t/b')]).toEqual([3, 2]);
    await log.save(SHARD, [row(1, 't/a', true), row(1, 't/b'), row(4, 't/c', true)]);
    expect([await saved('t/a'), await saved('t/b'), await saved('t/c')]).toEqual([3, 2, 4]);
    await log.save(SHARD, [row(5, 't/a', true)]);
    expect(await saved('t/a')).toBe(5);
  });

  it('that were saved and not noted so are saved again by whoever comes next', async () => {
    await log.note(SHARD);
    expect(await savedSeq()).toBe(5);
    await db.collection('shards').updateOne({ _id: SHARD as never }, { $set: { savedSeq: 1 } });
    await db.collection('agent_states').deleteOne({ _id: 't/b' as never });
    const { seq, docs } = await made().restore(SHARD);
    expect(seq).toBe(3);
    expect(docs.map(({ key, held }) => [key, held!.rev])).toEqual(
      expect.arrayContaining([
        ['t/a', 5],
        ['t/b', 2],
        ['t/c', 4],
      ]),
    );
    expect(await savedSeq()).toBe(3);
  });

  /** Round after round, as the service does. Gives how many it took. */
  const trimAll = async (own = log): Promise<number> => {
    for (let rounds = 1; ; rounds++) if (!(await own.trim(SHARD))) return rounds;
  };
  const agedUpTo = (seq: number) =>
    db
      .collection('log')
      .updateMany({ shard: SHARD, seq: { $lte: seq } }, { $set: { at: new Date(Date.now() - DAY_MS - 1_000) } });
  /** Whoever takes over next: it knows nothing of when numbers may be forgotten. */
  const next = async () => {
    const own = made();
    await own.restore(SHARD);
    await own.publishRest(SHARD);
    return own;
  };

  it('are trimmed once, piece by piece; their numbers stay for a day', async () => {
    await write(Array.from({ length: 250 }, (_, i) => row(i + 4, 't/a')));
    // No round takes long: an offer may wait behind it.
    expect(await log.trim(SHARD)).toBe(true);
    expect((await kept()).filter(({ docs }) => docs === undefined)).toHaveLength(50);
    expect(await trimAll()).toBe(5);
    expect((await kept()).map(({ seq, docs }) => [seq, docs])).toEqual(
      Array.from({ length: 253 }, (_, i) => [i + 1, undefined]),
    );
    expect(await log.append(row(17, 't/x'))).toBe(false);
    // What was trimmed is not looked at again, not by the next owner either: that would take longer with every row.
    await db.collection('log').updateOne({ shard: SHARD, seq: 17 }, { $set: { docs: '[]' } });
    await write([row(254, 't/a')]);
    await trimAll();
    await log.note(SHARD);
    await trimAll(await next());
    expect((await kept()).flatMap(({ seq, docs }) => (docs === undefined ? [] : [seq]))).toEqual([17]);
  });

  it('are forgotten after a day, all but the newest number', async () => {
    await agedUpTo(200);
    const third = await next();
    await trimAll(third);
    expect((await kept()).map(({ seq }) => seq)).toEqual(Array.from({ length: 54 }, (_, i) => i + 201));
    // The eldest was written just now: its owner does not look again before it is a day old.
    await agedUpTo(254);
    await trimAll(third);
    expect(await kept()).toHaveLength(54);
    await trimAll(await next());
    expect((await kept()).map(({ seq }) => seq)).toEqual([254]);
  });

  it('are forgotten by an owner who trimmed before the shard was read', async () => {
    await write([row(255, 't/a'), row(256, 't/a')]);
    await agedUpTo(255);
    const own = made();
    await trimAll(own);
    await own.restore(SHARD);
    await own.publishRest(SHARD);
    await trimAll(own);
    expect((await kept()).map(({ seq }) => seq)).toEqual([256]);
  });

  it('that nobody could save stay whole', async () => {
    const rows = [row(257, 't/d')];
    expect(await log.append(rows[0]!)).toBe(true);
    await log.publish(rows);
    await trimAll();
    expect((await kept()).at(-1)).toMatchObject({ seq: 257, docs: expect.stringContaining('t/d') });
    await log.save(SHARD, rows);
    await trimAll();
    expect((await kept()).at(-1)).toMatchObject({ seq: 257 });
    expect((await kept()).at(-1)!['docs']).toBeUndefined();
  });

  describe('when the line breaks', () => {
    /** The database over a line that breaks once, before or after a write came through. */
    const overBrokenLine = (reached: boolean): mongo.Db => {
      let breaks = true;
      const command: mongo.Db['command'] = async (...args) => {
        const broken = breaks;
        breaks = false;
        const reply = broken && !reached ? {} : await db.command(...args);
        if (broken) throw new mongo.MongoNetworkError('the line broke');
        return reply;
      };
      return Object.assign(Object.create(db), { command });
    };
    const writers = async (seq: number) => (await kept()).flatMap((doc) => (doc['seq'] === seq ? [doc['by']] : []));

    it.each([
      ['before a row was written', 258, false],
      ['after a row was written', 259, true],
    ])('%s, it is written once, and known as ours', async (_, seq, reached) => {
      expect(await made(overBrokenLine(reached)).append(row(seq, 't/e'))).toBe(true);
      expect(await writers(seq)).toHaveLength(1);
    });

    it("somebody else's row of the same number is not taken for ours", async () => {
      expect(await log.append(row(260, 't/e'))).toBe(true);
      const before = await writers(260);
      expect(await made(overBrokenLine(false)).append(row(260, 't/f'))).toBe(false);
      expect(await writers(260)).toEqual(before);
    });
  });
});
