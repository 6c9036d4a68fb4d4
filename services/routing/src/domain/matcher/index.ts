export type { Candidate, Demand } from '../demand';
export { createMatcher } from './matcher';
