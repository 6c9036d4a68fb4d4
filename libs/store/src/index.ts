export { alreadyAsked } from './aggregates/asked';
export { createAggregates } from './aggregates/create-aggregates';
export { type FeedOptions, watchInserts } from './change-feed';
export { connectStore } from './connect';
export { assertIndexes, createIndexes } from './indexes';
export { createLeases, type Lease, type Leases, type LeasesOptions } from './leases';
export { applyMigrations } from './migrations';
export { parkedKeys } from './parked-keys';
export type * from './types';
