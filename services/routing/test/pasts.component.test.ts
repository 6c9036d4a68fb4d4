import { testScope } from '@throughline/testing';
import { mongo } from 'mongoose';
import { createMongoReads } from '../src/outbound/mongo-reads';
import { createPasts } from '../src/use-cases/pasts';
import type { Past, Reads } from '../src/use-cases/ports';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const QUARTER = HOUR / 4;
const TODAY = 20_000 * DAY;

describe('what came into a queue', () => {
  const scope = testScope('pasts');
  let client: mongo.MongoClient;
  let reads: Reads;
  let saved = 0;
  beforeAll(async () => {
    client = await new mongo.MongoClient(scope.mongoUrl).connect();
    reads = createMongoReads(client.db(scope.db));
  });
  afterAll(async () => {
    await client.db(scope.db).dropDatabase();
    await client.close();
  });

  interface Work {
    arrivedAt: number;
    /** When it was queued first, and in which queues it was from when on. */
    stays: [queueId: string, enteredAt: number][];
    handled?: [answeredAt: number, endedAt: number];
  }
  const save = async (tenantId: string, all: Work[]): Promise<void> => {
    const docs = all.map(({ arrivedAt, stays, handled: [answeredAt, endedAt] = [0, 0] }) => ({
      _id: `${tenantId}/w${saved++}` as never,
      tenantId,
      arrivedAt,
      queueIds: [...new Set(stays.map(([queueId]) => queueId))],
      lastAt: Math.max(endedAt, ...stays.map(([, enteredAt]) => enteredAt)),
      state: {
        arrivedAt,
        queueId: stays.at(-1)![0],
        answeredAt,
        endedAt,
        stays: stays.map(([queueId, enteredAt]) => ({ queueId, enteredAt })),
      },
    }));
    await client.db(scope.db).collection('work_items').insertMany(docs);
  };
  const sums = (list: { at: number; contacts?: number; n?: number; seconds?: number }[]) => {
    const by = new Map<number, number[]>();
    for (const { at, contacts = 0, n = 0, seconds = 0 } of list) {
      const sum = by.get(at) ?? [0, 0, 0];
      by.set(at, [sum[0]! + contacts, sum[1]! + n, sum[2]! + seconds]);
    }
    return [...by].sort(([a], [b]) => a - b);
  };
  /** The past as it is kept, what was read for it, and the same read whole. */
  const watch = (tenantId: string) => {
    const asked: { what: string; past: Past }[] = [];
    let now = TODAY + 12 * HOUR;
    const noting =
      <A extends unknown[], R>(what: string, read: (...of: [string, string, Past, ...A]) => R) =>
      (...of: [string, string, Past, ...A]): R => {
        asked.push({ what, past: of[2] });
        return read(...of);
      };
    const arrivals = createPasts(noting('arrivals', reads.arrivalsOf), () => now);
    const handled = createPasts(noting('handled', reads.handledOf), () => now);
    const look = async (from: number, to: number) => {
      const past = { from, to };
      expect(sums(await arrivals(tenantId, 'q', from, to))).toEqual(
        sums(await reads.arrivalsOf(tenantId, 'q', past, QUARTER)),
      );
      expect(sums(await handled(tenantId, 'q', from, to))).toEqual(
        sums(await reads.handledOf(tenantId, 'q', past, QUARTER)),
      );
      return sums(await arrivals(tenantId, 'q', from, to));
    };
    return {
      look,
      at: (moment: number) => {
        now = moment;
      },
      /** Reads that began before today. */
      whole: () => asked.splice(0).flatMap(({ what, past }) => (past.since === undefined ? [what] : [])),
    };
  };

  it('is counted once for days that are over, and the same as if it were counted each time', async () => {
    const past = watch('a');
    const from = TODAY - 20 * DAY;
    const nine = (day: number): Work => {
      const at = TODAY + day * DAY + 9 * HOUR;
      return { arrivedAt: at, stays: [['q', at + 50]], handled: [at + 1_000, at + 61_000] };
    };
    await save('a', [-30, -20, -2, -1, -1, 0].map(nine));
    // Waited over midnight, and was passed on to the queue today; came from another queue; belongs to somebody else.
    await save('a', [
      { arrivedAt: TODAY - HOUR, stays: [['q', TODAY - HOUR]], handled: [TODAY + HOUR, TODAY + 2 * HOUR] },
      {
        arrivedAt: TODAY - HOUR,
        stays: [
          ['r', TODAY - HOUR],
          ['q', TODAY + HOUR],
        ],
      },
      {
        arrivedAt: TODAY - DAY,
        stays: [
          ['q', TODAY - DAY],
          ['r', TODAY + HOUR],
          ['q', TODAY + 2 * HOUR],
        ],
      },
      { arrivedAt: TODAY - DAY, stays: [['r', TODAY - DAY]] },
    ]);
    await save('b', [nine(-1)]);
    expect((await past.look(from, TODAY + DAY)).reduce((sum, [, [contacts]]) => sum + contacts!, 0)).toBe(
      5 + 1 + 1 + 2,
    );
    expect(past.whole()).toEqual(['arrivals', 'handled']);
    // Another window, and another zone's days.
    await past.look(from, TODAY);
    await past.look(from - 8 * HOUR, TODAY - 8 * HOUR);
    expect(past.whole()).toEqual([]);
    // Older than what is kept.
    await past.look(from - 11 * DAY, TODAY);
    expect(past.whole()).toEqual(['arrivals', 'handled']);
    await past.look(from, TODAY);
    expect(past.whole()).toEqual([]);
  });

  it('counts what comes meanwhile, and what is put in for days that are over', async () => {
    const past = watch('c');
    const from = TODAY - 20 * DAY;
    const came = (arrivedAt: number, queuedAt = arrivedAt): Work => ({ arrivedAt, stays: [['q', queuedAt]] });
    await save('c', [came(TODAY - 3 * DAY), came(TODAY + HOUR)]);
    expect(await past.look(from, TODAY + DAY)).toHaveLength(2);
    await save('c', [came(TODAY + 11 * HOUR), came(TODAY - 5 * DAY, TODAY + 11 * HOUR)]);
    expect(await past.look(from, TODAY + DAY)).toHaveLength(4);
    expect(past.whole()).toEqual(['arrivals', 'handled']);
    // A new day: an hour after it began the one before is over.
    past.at(TODAY + DAY + HOUR / 2);
    await past.look(from, TODAY + DAY);
    expect(past.whole()).toEqual([]);
    past.at(TODAY + DAY + HOUR);
    await past.look(from, TODAY + DAY);
    await past.look(from, TODAY + DAY);
    expect(past.whole()).toEqual(['arrivals', 'handled']);
  });

  it('is read again after a failure', async () => {
    let failing = true;
    const past = createPasts(
      async () => {
        if (failing) throw new Error('no database');
        return [{ at: TODAY }];
      },
      () => TODAY,
    );
    await expect(past('d', 'q', TODAY - DAY, TODAY + DAY)).rejects.toThrow('no database');
    failing = false;
    expect(await past('d', 'q', TODAY - DAY, TODAY + DAY)).not.toEqual([]);
  });
});
