import { shardOf as ofAll } from '@throughline/store';

/** How many shares asking is cut into. Stored with each document: changing it needs a migration. */
export const SHARDS = 16;

/** The share of the work that a conversation belongs to. */
export const shardOf = (id: string): number => ofAll(id, SHARDS);
