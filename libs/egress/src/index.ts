export { whyClosed } from './address';
export { createEgress } from './create-egress';
export type { Answered, Egress, EgressCall, EgressOptions, Failed, Outcome, Refused } from './types';
