export { createService } from './create-service';
export type * from './types';
