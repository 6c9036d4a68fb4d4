export { createService } from './create-service';
export { createShares, type Shares, type SharesOptions } from './shares';
export type * from './types';
