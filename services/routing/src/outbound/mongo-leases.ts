import type { mongo } from 'mongoose';
import type { Leases } from '../use-cases/ports';

interface LeaseDoc {
  _id: number;
  owner?: string;
  until?: Date;
}

interface MemberDoc {
  _id: string;
  at: Date;
}

/** The server's clock decides, so that processes need not agree on the time. */
const in_ = (ms: number) => ({ $add: ['$$NOW', ms] });

/**
 * Who looks after which shard. A lease says who should work; that nobody else can is ensured by the numbers of the rows.
 * Each process takes its fair share of what is free, and gives back what is more.
 */
export const createMongoLeases = (db: mongo.Db, instance: string, count: number, leaseMs: number): Leases => {
  const shards = db.collection<LeaseDoc>('shards');
  const members = db.collection<MemberDoc>('members');

  const share = async (): Promise<number> => {
    await members.updateOne({ _id: instance }, [{ $set: { at: '$$NOW' } }], { upsert: true });
    const alive = await members.countDocuments({ $expr: { $gt: ['$at', { $subtract: ['$$NOW', leaseMs] }] } });
    return Math.ceil(count / Math.max(1, alive));
  };
  const prolong = async (): Promise<number[]> => {
    await shards.updateMany({ owner: instance }, [{ $set: { until: in_(leaseMs) } }]);
    return (await shards.find({ owner: instance }, { projection: { _id: 1 } }).toArray()).map(({ _id }) => _id);
  };
  const free = { $or: [{ until: { $exists: false } }, { $expr: { $lt: ['$until', '$$NOW'] } }] };
  const take = async (most: number): Promise<number[]> => {
    const found = await shards
      .find({ _id: { $lt: count }, ...free }, { projection: { _id: 1 } })
      .limit(most)
      .toArray();
    const taken: number[] = [];
    for (const { _id } of found) {
      const { modifiedCount } = await shards.updateOne({ _id, ...free } as never, [
        { $set: { owner: instance, until: in_(leaseMs) } },
      ]);
      if (modifiedCount > 0) taken.push(_id);
    }
    return taken;
  };
  let made = false;
  const make = async (): Promise<void> => {
    const operations = [...Array(count).keys()].map((_id) => ({
      updateOne: { filter: { _id }, update: { $setOnInsert: { savedSeq: 0 } }, upsert: true },
    }));
    await shards.bulkWrite(operations as never, { ordered: false });
    made = true;
  };

  return {
    async renew() {
      if (!made) await make();
      const fair = await share();
      const held = await prolong();
      if (held.length > fair) return held.slice(0, fair);
      return held.length < fair ? [...held, ...(await take(fair - held.length))] : held;
    },
    async release(list) {
      await shards.updateMany({ _id: { $in: list }, owner: instance }, { $unset: { owner: '', until: '' } });
      if (list.length === count) await members.deleteOne({ _id: instance });
    },
  };
};
