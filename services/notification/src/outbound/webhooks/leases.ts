import { performance } from 'node:perf_hooks';
import type { Store } from '@throughline/store';
import { SHARDS } from '../shards';

interface Lease {
  _id: string;
  kind: 'shard' | 'member';
  owner: string;
  until: Date;
}

export interface Leases {
  /** Shards that are ours now. */
  mine(): number[];
  /** Renews, hands back what is more than our share, takes what nobody holds. */
  round(): Promise<void>;
  release(): Promise<void>;
}

const never = new Date(0);

/**
 * Leases on shares of the timers. All times in them are the server's, so no process' clock matters. A holder that lost its
 * lease without noticing does no harm: what it fires is decided by the document's state and version.
 */
export const createLeases = (store: Pick<Store, 'db'>, owner: string, leaseMs: number): Leases => {
  const leases = () => store.db.collection<Lease>('webhook_leases');
  const member = `member:${owner}`;
  const inLease = { $add: ['$$NOW', leaseMs] };
  let mine: number[] = [];
  let renewedAt = Number.NEGATIVE_INFINITY;
  let known = false;

  const prepare = async () => {
    const shards = Array.from(
      { length: SHARDS },
      (_, i): Lease => ({ _id: `shard:${i}`, kind: 'shard', owner: '', until: never }),
    );
    const all: Lease[] = [...shards, { _id: member, kind: 'member', owner, until: never }];
    await leases().bulkWrite(
      all.map(({ _id, ...rest }) => ({ updateOne: { filter: { _id }, update: { $setOnInsert: rest }, upsert: true } })),
      { ordered: false },
    );
    // Members that are long gone.
    await leases().deleteMany({
      kind: 'member',
      until: { $gt: never },
      $expr: { $lt: ['$until', { $subtract: ['$$NOW', 3_600_000] }] },
    });
    known = true;
  };
  const take = (ids: string[]) =>
    leases().updateMany({ _id: { $in: ids }, $expr: { $lt: ['$until', '$$NOW'] } }, [
      { $set: { owner, until: inLease } },
    ]);

  return {
    mine: () => (performance.now() - renewedAt < leaseMs ? mine : []),
    async round() {
      if (!known) await prepare();
      const begun = performance.now();
      await leases().updateMany({ owner, $or: [{ kind: 'member' }, { $expr: { $gte: ['$until', '$$NOW'] } }] }, [
        { $set: { until: inLease } },
      ]);
      const [live, free] = await held();
      const members = new Set(live.map((lease) => lease.owner)).size || 1;
      const share = Math.ceil(SHARDS / members);
      const ours = live.filter((lease) => lease.kind === 'shard' && lease.owner === owner).map(({ _id }) => _id);
      const surplus = ours.slice(share);
      if (surplus.length > 0)
        await leases().updateMany({ _id: { $in: surplus }, owner }, { $set: { owner: '', until: never } });
      const wanted = free.slice(0, Math.max(share - ours.length, 0));
      if (wanted.length > 0) await take(wanted);
      const all = wanted.length > 0 ? (await held())[0] : live;
      const kept = all.filter(
        (lease) => lease.kind === 'shard' && lease.owner === owner && !surplus.includes(lease._id),
      );
      mine = kept.map(({ _id }) => Number(_id.slice('shard:'.length)));
      renewedAt = begun;
    },
    async release() {
      mine = [];
      await leases().updateMany({ owner }, { $set: { owner: '', until: never } });
      await leases().deleteOne({ _id: member });
    },
  };

  /** Leases that run, and the names of shards that nobody holds. */
  async function held(): Promise<[Lease[], string[]]> {
    const all = await leases()
      .aggregate<Lease & { runs: boolean }>([{ $addFields: { runs: { $gte: ['$until', '$$NOW'] } } }])
      .toArray();
    return [
      all.filter(({ runs }) => runs),
      all.filter(({ runs, kind }) => !runs && kind === 'shard').map(({ _id }) => _id),
    ];
  }
};
