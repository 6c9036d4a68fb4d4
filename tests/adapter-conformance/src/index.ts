export { type Bench, type Published, startBench } from './bench';
export { type CheckName, checks } from './checks';
export { describeAdapter } from './describe-adapter';
export type * from './driver';
export { messageOrder } from './message-order';
