import { shardOf as ofAll } from '@throughline/store';

/** How many shares asking is cut into. Stored with each document: changing it needs a migration. */
export const SHARDS = 16;

/** The share of the work that a conversation belongs to. */
export const shardOf = (id: string): number => ofAll(id, SHARDS);

interface Shared {
  ownId: string;
  shard?: number;
}

/** Finds what waits in some shares: theirs, and what a version that knew no shares wrote after the migration had passed. */
export const inShards = (shards: number[]) => ({ $in: [...shards, null] });

/** What was found, each with its share; without what belongs to the shares of others. */
export const ofShards = <T extends Shared>(found: T[], shards: number[]): (T & { shard: number })[] =>
  found
    .map((one) => ({ ...one, shard: one.shard ?? shardOf(one.ownId) }))
    .filter(({ shard }) => shards.includes(shard));
