import { setTimeout as pause } from 'node:timers/promises';
import { Refusal } from '@throughline/core';
import { createRounds } from '@throughline/lifecycle';
import type { HeadDoc, SealedDoc, SealKey, Store } from '@throughline/store';
import { createGroupCommit, extendChain, placeOf, verifyChain } from '@throughline/store';
import type { mongo } from 'mongoose';
import type { AuditedCall, Ending } from '../domain/audit';
import type { AuditTrail } from '../use-cases/ports';
import type { OpenCall } from './audit-documents';
import { auditLog, fieldsOf, fromRecord, OPEN_CALLS, readToken, toOpenCall } from './audit-documents';

export interface AuditTrailOptions {
  store: Pick<Store, 'db' | 'mongoose'>;
  /** The first seals. */
  keys: SealKey[];
  sealed: (outcome: string, count: number) => void;
  failed: (error: unknown) => void;
  /** A call that is open for this long was left behind by a process that died. Longer than any call may take. */
  leftBehindMs?: number | undefined;
}

/** Calls end in groups: sealing one costs what sealing a hundred costs. */
const GATHER_MS = 100;
const IDLE_MS = 20_000;
const MOST = 500;
const LEFT_BEHIND_MS = 120_000;
const LEFT_BEHIND: Ending = { outcome: 'UNKNOWN', reason: 'NOT_SETTLED' };

/** The trail in MongoDB: open calls, and records in a chain for each tenant that any process extends, one transaction a group. */
export const createAuditTrail = (options: AuditTrailOptions) => {
  const { store, keys, sealed, failed, leftBehindMs = LEFT_BEHIND_MS } = options;
  const [key] = keys as [SealKey];
  const calls = () => store.db.collection<OpenCall>(OPEN_CALLS);
  const records = () => store.db.collection<SealedDoc>(auditLog.records);
  const heads = () => store.db.collection<HeadDoc>(auditLog.heads);
  const ended = new Map<string, { at: number; ending: Ending }>();
  let stopping = false;

  const openAll = createGroupCommit((list: OpenCall[]) => calls().insertMany(list, { ordered: false }));

  /** Seals those of these calls that are still open, and takes them from the open ones, or does nothing at all. */
  const sealOpen = async (ids: string[], session: mongo.ClientSession): Promise<OpenCall[]> => {
    const open = await calls()
      .find({ _id: { $in: ids } }, { session, sort: { at: 1, _id: 1 } })
      .toArray();
    if (open.length === 0) return [];
    const tenants = [...new Set(open.map(({ tenantId }) => tenantId))].sort();
    const known = await heads()
      .find({ _id: { $in: tenants } }, { session })
      .toArray();
    for (const tenantId of tenants) {
      const before = known.find(({ _id }) => _id === tenantId);
      const own = open.filter((call) => call.tenantId === tenantId);
      const entries = own.map((call) => fieldsOf(call, ended.get(call._id)?.ending ?? LEFT_BEHIND));
      const next = extendChain(tenantId, before, entries, key);
      // The head first: of two processes that extend one chain the second fails here and decides again.
      if (before) await heads().replaceOne({ _id: tenantId, seq: before.seq }, next.head, { session });
      else await heads().insertOne(next.head, { session });
      await records().insertMany(next.records, { session });
    }
    await calls().deleteMany({ _id: { $in: open.map(({ _id }) => _id) } }, { session });
    return open;
  };

  const seal = async (ids: string[]): Promise<void> => {
    const session = store.mongoose.getClient().startSession() as unknown as mongo.ClientSession;
    try {
      const done = await session.withTransaction(() => sealOpen(ids, session));
      for (const { _id } of done) sealed(ended.get(_id)?.ending.outcome ?? LEFT_BEHIND.outcome, 1);
      // What is not open any more was sealed as left behind by another process.
      for (const id of ids) ended.delete(id);
    } finally {
      await session.endSession();
    }
  };

  const sealEnded = async (): Promise<void> => {
    while (ended.size > 0) await seal([...ended.keys()].slice(0, MOST));
  };

  const leftBehind = async (): Promise<string[]> => {
    const old = await calls()
      .find({ at: { $lt: new Date(Date.now() - leftBehindMs) } }, { projection: { _id: 1 }, limit: MOST })
      .toArray();
    return old.map(({ _id }) => _id);
  };

  const rounds = createRounds({
    async work() {
      if (ended.size > 0 && !stopping) await pause(GATHER_MS);
      await sealEnded();
      if (stopping) return;
      const old = await leftBehind();
      if (old.length > 0) await seal(old);
    },
    pauseMs: () => (ended.size > 0 ? 0 : Math.min(IDLE_MS, leftBehindMs)),
    failed,
  });

  return {
    async open(call: AuditedCall) {
      try {
        await openAll(toOpenCall(call));
      } catch (error) {
        failed(error);
        throw new Refusal(
          'unavailable',
          'AUDIT_UNAVAILABLE',
          'The call cannot be recorded, so it is not made; try again.',
          {
            metadata: { retry_after_seconds: '2' },
          },
        );
      }
    },
    close({ id }: AuditedCall, ending: Ending) {
      ended.set(id, { at: Date.now(), ending });
      rounds.wake();
    },
    async list(tenantId, { actorId, resource, since, before }, pageSize, pageToken) {
      const last = pageToken ? readToken(pageToken) : undefined;
      const at = { ...(since ? { $gte: since } : {}), ...(before ? { $lt: before } : {}) };
      const docs = await records()
        .find({
          chain: { $eq: tenantId },
          _id: { $gt: placeOf(tenantId, 0), $lt: last === undefined ? `${tenantId}0` : placeOf(tenantId, last) },
          ...(last === undefined ? {} : { seq: { $lt: last } }),
          ...(actorId ? { actorId: { $eq: actorId } } : {}),
          ...(resource ? { resource: { $eq: resource } } : {}),
          ...(since || before ? { at } : {}),
        } as mongo.Filter<SealedDoc>)
        .sort(actorId || resource ? { seq: -1 } : { _id: -1 })
        .limit(pageSize + 1)
        .toArray();
      const page = docs.slice(0, pageSize).map(fromRecord);
      return { records: page, nextPageToken: docs.length > pageSize ? String(page.at(-1)!.seq) : '' };
    },
    async verify(tenantId, { afterSeq, most, anchor }) {
      return verifyChain(store.db, auditLog, { keys, chain: tenantId, afterSeq, most, anchor });
    },
    /** Seconds that the oldest ended call waits to be sealed. */
    ageSeconds(): number {
      const [first] = ended.values();
      return first ? (Date.now() - first.at) / 1_000 : 0;
    },
    start: () => rounds.start(),
    /** Seals what has ended. What could not be sealed is found by another process. */
    async stop() {
      stopping = true;
      await rounds.stop();
      await sealEnded().catch(failed);
    },
  } satisfies AuditTrail & Record<string, unknown>;
};
