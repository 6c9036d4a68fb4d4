import type { Bench } from '../measure/context';
import type { Result } from '../measure/report';

export interface CaseOptions {
  /** Events of a run; each case has its own full size. */
  events?: number | undefined;
  pairs?: number | undefined;
}

export type Case = (bench: Bench, options: CaseOptions) => Promise<Result>;
