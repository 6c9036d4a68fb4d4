export { createService } from './create-service';
export { type CustomerLinkFact, type CustomerNews, customerLinksOf, readCustomerNews } from './customer-news';
export { createDatabaseTime, type DatabaseTime } from './database-time';
export { createShares, type Shares, type SharesOptions } from './shares';
export type * from './types';
