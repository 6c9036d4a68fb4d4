import { performance } from 'node:perf_hooks';
import type { Store } from './types';

/** A share of the work that is ours for a while. */
export interface Lease {
  /** 0 to `shards` - 1. */
  shard: number;
  /**
   * The fence token: it rises each time the shard is taken, and stays while one holder renews. Who writes it with its
   * work lets a store refuse an earlier holder; who meets another one than before knows that somebody else was there.
   */
  fence: number;
}

export interface Leases {
  /** What is ours now; empty when it could not be renewed for so long that another process may have it. */
  mine(): Lease[];
  /**
   * Renews what we have, takes what nobody holds up to our fair share, and tells what we hold. What is more than our
   * share stays ours, renewed, until it is released: end its work first. Call it a few times per `leaseMs`.
   */
  renew(): Promise<{ held: Lease[]; surplus: Lease[] }>;
  /** Lets others have these shards at once. */
  release(shards: number[]): Promise<void>;
  /** Releases everything and leaves the group. */
  leave(): Promise<void>;
}

export interface LeasesOptions {
  store: Pick<Store, 'db'>;
  /** Unique per process start. */
  owner: string;
  /** How many shares the work is cut into. The same in all processes, and for as long as anything is found by its shard. */
  shards: number;
  /** After this long without a sign of life a process' shards go to others. Milliseconds. */
  leaseMs: number;
  /** Default `leases`; one per kind of work. */
  collection?: string | undefined;
}

interface Entry {
  _id: string;
  kind: 'shard' | 'member';
  owner: string;
  until: Date;
  fence?: number;
}

/** Shard of something by its id alone. Documents are found by it, so it stays as it is for as long as they are kept. */
export const shardOf = (id: string, shards: number): number => {
  let hash = 2166136261;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 16777619);
  return (hash >>> 0) % shards;
};

const never = new Date(0);
const FORGET_MEMBERS_MS = 3_600_000;

/**
 * Leases on shards of some work, shared out fairly among the processes that are alive. All times in them are the
 * server's, so no process' clock matters. A lease says who should work. It cannot stop a holder that slept through its
 * end: what that one writes must be harmless (decided by the version of a document) or refused by the fence.
 * A renewal costs two commands, whatever the number of shards.
 */
export const createLeases = ({ store, owner, shards, leaseMs, collection = 'leases' }: LeasesOptions): Leases => {
  const leases = () => store.db.collection<Entry>(collection);
  const member = `member:${owner}`;
  const idOf = (shard: number) => `shard:${shard}`;
  const inLease = { $add: ['$$NOW', leaseMs] };
  let mine: Lease[] = [];
  let renewedAt = Number.NEGATIVE_INFINITY;
  let known = false;

  const prepare = async (): Promise<void> => {
    const all: Entry[] = Array.from({ length: shards }, (_, shard) => ({
      _id: idOf(shard),
      kind: 'shard',
      owner: '',
      until: never,
      fence: 0,
    }));
    all.push({ _id: member, kind: 'member', owner, until: never });
    await leases().bulkWrite(
      all.map(({ _id, ...rest }) => ({ updateOne: { filter: { _id }, update: { $setOnInsert: rest }, upsert: true } })),
      { ordered: false },
    );
    await leases().deleteMany({
      kind: 'member',
      until: { $gt: never },
      $expr: { $lt: ['$until', { $subtract: ['$$NOW', FORGET_MEMBERS_MS] }] },
    });
    known = true;
  };

  /** Leases that run, and the names of shards that nobody holds. */
  const look = async (): Promise<{ live: Entry[]; free: string[] }> => {
    const all = await leases()
      .aggregate<Entry & { runs: boolean }>([{ $addFields: { runs: { $gte: ['$until', '$$NOW'] } } }])
      .toArray();
    const ofWork = ({ kind, _id }: Entry) => kind === 'shard' && Number(_id.slice('shard:'.length)) < shards;
    return {
      live: all.filter(({ runs }) => runs),
      free: all.filter((entry) => !entry.runs && ofWork(entry)).map(({ _id }) => _id),
    };
  };
  const take = (ids: string[]) =>
    leases().updateMany({ _id: { $in: ids }, $expr: { $lt: ['$until', '$$NOW'] } }, [
      { $set: { owner, until: inLease, fence: { $add: [{ $ifNull: ['$fence', 0] }, 1] } } },
    ]);
  const oursOf = (live: Entry[]): Lease[] =>
    live
      .filter((entry) => entry.kind === 'shard' && entry.owner === owner)
      .map(({ _id, fence = 0 }) => ({ shard: Number(_id.slice('shard:'.length)), fence }))
      .sort((left, right) => left.shard - right.shard);

  return {
    mine: () => (performance.now() - renewedAt < leaseMs ? mine : []),
    async renew() {
      if (!known) await prepare();
      const begun = performance.now();
      // Also what has run out: as long as it bears our name nobody else had it, and its fence is the same.
      await leases().updateMany({ owner }, [{ $set: { until: inLease } }]);
      const { live, free } = await look();
      const members = new Set(live.map((lease) => lease.owner)).size || 1;
      const share = Math.ceil(shards / members);
      let ours = oursOf(live);
      const wanted = free.slice(0, Math.max(share - ours.length, 0));
      if (wanted.length > 0) {
        await take(wanted);
        ours = oursOf((await look()).live);
      }
      const held = ours.slice(0, share);
      mine = held;
      renewedAt = begun;
      return { held, surplus: ours.slice(share) };
    },
    async release(list) {
      if (list.length === 0) return;
      mine = mine.filter(({ shard }) => !list.includes(shard));
      await leases().updateMany({ _id: { $in: list.map(idOf) }, owner }, { $set: { owner: '', until: never } });
    },
    async leave() {
      mine = [];
      await leases().updateMany({ owner, kind: 'shard' }, { $set: { owner: '', until: never } });
      await leases().deleteOne({ _id: member });
      known = false;
    },
  };
};
