/** How many shares the work of the timers is cut into; each is leased by one process at a time. */
export const SHARDS = 16;

/** Shard of a document, from its id alone. */
export const shardOf = (id: string): number => {
  let hash = 2166136261;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 16777619);
  return (hash >>> 0) % SHARDS;
};
