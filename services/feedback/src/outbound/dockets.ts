import { groupBy } from '@throughline/core';
import type { Aggregates, Store } from '@throughline/store';
import type { Docket, DocketEvent } from '../domain/ask/docket';
import { emptyDocket, evolveDocket } from '../domain/ask/docket';
import type { Dockets } from '../use-cases/ports';
import { createRecords, fromDoc, toDoc } from './records';
import { inShards, ofShards, shardOf } from './shards';
import { docketEvent } from './survey-events';

const dueOf = ({ ask, resolution, callAsk }: Docket): { dueAt?: Date } => {
  const moments = [ask?.dueAt, resolution?.dueAt, callAsk?.settleAt].filter((at) => at !== undefined);
  return moments.length > 0 ? { dueAt: new Date(Math.min(...moments)) } : {};
};

/** The docket as document fields, with the moment somebody must look at it. */
export const docketToDoc = (docket: Docket) => ({
  ...toDoc(docket),
  ...dueOf(docket),
  shard: shardOf(docket.id),
});

export const docketFromDoc = (doc: Record<string, unknown>): Docket => {
  const { dueAt, shard, ...docket } = fromDoc<Docket & { dueAt?: Date; shard?: number }>(doc);
  return docket;
};

interface Due {
  tenantId: string;
  ownId: string;
  shard?: number;
}

/** Conversations as far as asking goes, on MongoDB. */
export const createDockets = (
  store: Pick<Store, 'db'>,
  aggregates: Aggregates<Docket>,
  written: () => void,
): Dockets => ({
  ...createRecords<Docket, DocketEvent>({
    aggregates,
    evolve: (state, event, id) => evolveDocket(state ?? emptyDocket(id), event),
    tell: (state, event, at) => docketEvent(state, event, at),
    order: 'seen',
    written,
  }),
  async changeMany(keys, decide, at) {
    const byName = new Map(keys.map((key) => [`${key.tenantId}/${key.id}`, key]));
    for (const [tenantId, group] of groupBy(byName.values(), (key) => key.tenantId)) {
      const change = (id: string, current: { state: Docket } | undefined) => {
        const after = decide({ tenantId, id }, current?.state);
        return (
          after && {
            state: after.docket,
            events: after.events.flatMap((event) => docketEvent(after.docket, event, at)),
          }
        );
      };
      await aggregates.changeMany(group, change, { redelivered: true });
    }
    written();
  },
  async due(shards, until, limit) {
    if (shards.length === 0) return [];
    const found = await store.db
      .collection<Due>('dockets')
      .find({ shard: inShards(shards), dueAt: { $lte: new Date(until) } } as never)
      .project<Due>({ _id: 0, tenantId: 1, ownId: 1, shard: 1 })
      .sort({ dueAt: 1 })
      .limit(limit)
      .toArray();
    return ofShards(found, shards).map(({ tenantId, ownId, shard }) => ({ tenantId, id: ownId, shard }));
  },
  async issueGoesOn(tenantId, issueId, except) {
    const filter = { tenantId: { $eq: tenantId }, issueId: { $eq: issueId }, ended: false, ownId: { $ne: except } };
    return (await store.db.collection('dockets').findOne(filter, { projection: { _id: 1 } })) !== null;
  },
});
