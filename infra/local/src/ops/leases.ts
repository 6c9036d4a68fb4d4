import type { Place } from './connect';
import { withMongo } from './connect';

export type Lease = { of: string; shard: string; owner: string; leftMs: number };

type SlaLease = { _id: string; kind: string; owner: string; until: Date };
type RoutingShard = { _id: number; owner?: string; until?: Date };

/** Who holds which share of the timers and of routing, and for how long still by the server's clock; below 0 it is free. */
export const readLeases = (place: Place): Promise<Lease[]> =>
  withMongo(place, async (client) => {
    const { localTime } = (await client.db('admin').command({ hello: 1 })) as { localTime: Date };
    const left = (until: Date | undefined) =>
      until && until.getTime() > 0 ? until.getTime() - localTime.getTime() : -1;
    const timers = await client
      .db(`${place.databasePrefix}sla`)
      .collection<SlaLease>('timer_leases')
      .find({ kind: 'shard' })
      .toArray();
    const shards = await client
      .db(`${place.databasePrefix}routing`)
      .collection<RoutingShard>('shards')
      .find()
      .sort({ _id: 1 })
      .toArray();
    return [
      ...timers.map(({ _id, owner, until }) => ({ of: 'sla timers', shard: _id, owner, leftMs: left(until) })),
      ...shards.map(({ _id, owner = '', until }) => ({
        of: 'routing',
        shard: `shard:${_id}`,
        owner,
        leftMs: left(until),
      })),
    ];
  });
