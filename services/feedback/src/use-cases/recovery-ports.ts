import type { Approval, ApprovalEvent } from '../domain/recovery/approval';
import type { CaseEvent, RecoveryCase } from '../domain/recovery/case';
import type { Cause } from '../domain/recovery/causes';
import type { Empowerment, RecoveryPolicy, Spending } from '../domain/recovery/empowerment';
import type { FailurePoint, Improvement, ImprovementEvent } from '../domain/recovery/improvement';
import type { DueKey, Records } from './ports';

/** A document that is replaced as a whole. */
export interface Replaced<S> {
  type: 'replaced';
  at: number;
  state: S;
}

/** The settings of a tenant, one document each. */
export interface KeptPolicy {
  id: string;
  policy: RecoveryPolicy;
}

export interface KeptEmpowerment {
  id: string;
  empowerment: Empowerment;
}

export interface KeptCauses {
  id: string;
  causes: Cause[];
}

export type Cases = Records<RecoveryCase, CaseEvent>;
export type Policies = Records<KeptPolicy, Replaced<KeptPolicy>>;
export type OwnCauses = Records<KeptCauses, Replaced<KeptCauses>>;
export type Spendings = Records<Spending, Replaced<Spending>>;
export type FailurePoints = Records<FailurePoint, Replaced<FailurePoint>>;
export type Improvements = Records<Improvement, ImprovementEvent>;
export type Empowerments = Records<KeptEmpowerment, Replaced<KeptEmpowerment>>;

export interface Approvals extends Records<Approval, ApprovalEvent> {
  /** Those in these shares of the work that somebody must look at though nobody says anything. */
  due(shards: number[], until: number, limit: number): Promise<DueKey[]>;
}
