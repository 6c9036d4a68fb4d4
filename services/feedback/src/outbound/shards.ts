import { hash16 } from '@throughline/core';

/** How many shares asking is cut into. Stored with each document: changing it needs a migration. */
export const SHARDS = 16;

/** The share of the work that a conversation belongs to. */
export const shardOf = (id: string): number => hash16('asking', id).readUInt32BE(0) % SHARDS;
