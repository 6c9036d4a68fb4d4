export { createService } from './create-service';
export { createDatabaseTime, type DatabaseTime } from './database-time';
export { createShares, type Shares, type SharesOptions } from './shares';
export type * from './types';
