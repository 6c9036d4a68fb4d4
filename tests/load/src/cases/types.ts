import type { Bench } from '../measure/context';
import type { PairOptions } from '../measure/pairs';
import type { Result } from '../measure/report';

export interface CaseOptions extends PairOptions {
  /** Events of a run; each case has its own full size. */
  events?: number | undefined;
  /** Events a second of an open loop; without it half of the maximum that the run finds. */
  rate?: number | undefined;
  /** How long one side is asked, or sent to in an open loop. */
  ms?: number | undefined;
}

export type Case = (bench: Bench, options: CaseOptions) => Promise<Result>;
