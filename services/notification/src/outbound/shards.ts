import { shardOf as ofAll } from '@throughline/store';

/** How many shares the work of the timers is cut into; each is leased by one process at a time. */
export const SHARDS = 16;

/** Shard of a document, from its id alone. */
export const shardOf = (id: string): number => ofAll(id, SHARDS);
