import type { RefusalKind, Violation } from '@throughline/core';
import { hash16, newId, Refusal } from '@throughline/core';
import type { Command } from './commands';
import type { Answer, Changed, Inbox, Leases, Reads, ShardLog } from './ports';
import type { Shard } from './shard';
import { createShard } from './shard';
import type { Tenant } from './tenant';

/** How long a caller waits for another process' answer. */
const PATIENCE_MS = 4_500;

export interface ShardsOptions {
  count: number;
  /** After this long without a renewed lease memory may be old: reads go to the database. */
  leaseMs: number;
  log: ShardLog;
  leases: Leases;
  inbox: Inbox;
  reads: Reads;
  now: () => number;
  changed: Changed;
  facts: {
    /** With the number of documents that were read, and how long it took until the shard decides. */
    taken(shard: number, fence: number, documents: number, tookMs: number): void;
    lost(shard: number, why: string): void;
    offered(count: number, tookMs: number): void;
    failed(error: unknown): void;
  };
}

export const shardOf = (tenantId: string, count: number): number => hash16(tenantId).readUInt32BE(0) % count;

const resultOf = ({ result, refusal }: Answer): unknown => {
  if (!refusal) return result;
  const { kind, reason, message, violations, metadata } = refusal;
  throw new Refusal(kind as RefusalKind, reason, message, { violations: violations as Violation[], metadata });
};

/** All shards as seen from this process: some are its own, for the others it asks their owners through the inbox. */
export const createShards = (options: ShardsOptions) => {
  const { count, log, leases, inbox, facts } = options;
  const own = new Map<number, Shard>();
  const fences = new Map<number, number>();
  const watching = new Map<number, { stop(): Promise<void> }>();
  let stopped = false;
  let renewedAt = 0;

  const drop = async (number: number): Promise<void> => {
    own.delete(number);
    fences.delete(number);
    const feed = watching.get(number);
    watching.delete(number);
    await feed?.stop();
  };
  const take = async (number: number, fence: number): Promise<void> => {
    const shard: Shard = createShard({
      shard: number,
      log,
      reads: options.reads,
      now: options.now,
      changed: options.changed,
      offered: facts.offered,
      bug: facts.failed,
      answered: (ids) => void inbox.done(ids).catch(facts.failed),
      lost(why) {
        facts.lost(number, why);
        // The lease may still be ours: the next round takes the shard again, from what is written.
        if (own.get(number) === shard) void drop(number).catch(facts.failed);
      },
    });
    own.set(number, shard);
    fences.set(number, fence);
    const gone = () => own.get(number) !== shard;
    const startedAt = performance.now();
    try {
      // The feed first: a command that is put while the shard is being read is seen twice rather than never.
      const feed = await inbox.watch(number, (id, command) => shard.receive(id, command as Command));
      if (gone()) return await feed.stop();
      watching.set(number, feed);
      const documents = await shard.start();
      if (!gone()) facts.taken(number, fence, documents, Math.round(performance.now() - startedAt));
    } catch (error) {
      // The next round takes it again.
      facts.failed(error);
      if (!gone()) await drop(number);
    }
  };
  const taking = new Set<Promise<void>>();
  const takeAside = (number: number, fence: number): void => {
    const one = take(number, fence)
      .catch(facts.failed)
      .finally(() => taking.delete(one));
    taking.add(one);
  };
  const remote = async (number: number, command: Command): Promise<unknown> => {
    const id = newId();
    const gone = AbortSignal.timeout(PATIENCE_MS);
    const answer = inbox.answerOf(number, id, gone);
    answer.catch(() => undefined);
    await inbox.put(number, id, command);
    return resultOf(await answer);
  };

  return {
    /** Brings a command to the owner of its tenant, and gives the answer once it is durable. */
    execute(command: Command): Promise<unknown> {
      const number = shardOf(command.tenantId, count);
      return own.get(number)?.execute(command) ?? remote(number, command);
    },
    /** The same for facts of events: what another process owns is only handed over, durably. */
    async hand(command: Command, id: string): Promise<void> {
      const number = shardOf(command.tenantId, count);
      const shard = own.get(number);
      if (shard) await shard.execute(command);
      else await inbox.put(number, id, command);
    },
    /** The tenant in memory, when this process owns it and has not slept. */
    local(tenantId: string): Tenant | undefined {
      if (options.now() - renewedAt > options.leaseMs) return undefined;
      return own.get(shardOf(tenantId, count))?.tenant(tenantId);
    },
    /**
     * Takes, keeps and gives back shards; called again and again. Reading a shard may take longer than a lease lasts, so
     * nobody waits for it here: leases that are not renewed meanwhile would be lost, and shards go to and fro.
     */
    async balance(): Promise<void> {
      const askedAt = options.now();
      const { held, surplus } = await leases.renew();
      const leased = new Map(held.map(({ shard, fence }) => [shard, fence]));
      renewedAt = askedAt;
      for (const [number, shard] of [...own]) {
        // With another fence memory is old: another process had the shard in between.
        if (leased.get(number) === fences.get(number)) continue;
        // What comes from now on is for whoever comes next, and waits in the inbox.
        own.delete(number);
        await shard.stop();
        await drop(number);
      }
      await leases.release(surplus.map(({ shard }) => shard));
      for (const { shard, fence } of held) if (!own.has(shard) && !stopped) takeAside(shard, fence);
    },
    /** Once everything that is being taken has been read. */
    async settled(): Promise<void> {
      while (taking.size > 0) await Promise.all(taking);
    },
    /** Whether there is more to trim. */
    async trim(): Promise<boolean> {
      let more = false;
      for (const shard of own.values()) more = (await shard.trim()) || more;
      return more;
    },
    owned: (): number[] => [...own.keys()],
    async stop(): Promise<void> {
      stopped = true;
      for (const [number, shard] of [...own]) {
        await shard.stop();
        await drop(number);
      }
      while (taking.size > 0) await Promise.all(taking);
      await leases.leave();
    },
  };
};

export type Shards = ReturnType<typeof createShards>;
