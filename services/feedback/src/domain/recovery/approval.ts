import { Refusal } from '@throughline/core';

export type ApprovalState = 'waiting' | 'granted' | 'denied' | 'expired';

/** What an agent wants to give and may not give alone. */
export interface ApprovalTerms {
  id: string;
  agentId: string;
  /** Whoever called to ask; unknown of those of earlier versions. */
  requestedBy?: string | undefined;
  caseId: string;
  action: string;
  amount: number;
  what: string;
  reason: string;
  dueAt: number;
}

export interface Approval extends ApprovalTerms {
  state: ApprovalState;
  createdAt: number;
  approverId: string;
  note: string;
  alternatives: string[];
  decidedAt?: number | undefined;
  /** When the customer was given it. */
  givenAt?: number | undefined;
}

export type ApprovalEvent =
  | { type: 'requested'; at: number; terms: ApprovalTerms }
  | { type: 'granted'; at: number; approverId: string; note: string }
  | { type: 'denied'; at: number; approverId: string; note: string; alternatives: string[] }
  | { type: 'expired'; at: number }
  | { type: 'given'; at: number };

export type ApprovalCommand =
  | { type: 'request'; at: number; terms: ApprovalTerms }
  | { type: 'grant'; at: number; approverId: string; note: string }
  | { type: 'deny'; at: number; approverId: string; note: string; alternatives: string[] }
  | { type: 'check'; at: number }
  /** What was agreed to cannot be given any more. */
  | { type: 'lapse'; at: number }
  | { type: 'give'; at: number };

/** Nobody agrees with themselves: neither whoever gives it, nor whoever asked in their name. */
export const checkOther = ({ agentId, requestedBy }: Approval, approverId: string): void => {
  if (approverId === agentId || approverId === requestedBy)
    throw new Refusal('precondition', 'APPROVER_IS_AGENT', 'approver_id: is the one who asked');
};

const over = (approval: Approval): Refusal =>
  new Refusal('precondition', 'APPROVAL_OVER', `approval ${approval.id} is ${approval.state}`, {
    metadata: { state: approval.state },
  });

/** What a command comes to; nothing when it is a repetition. Its clock is strict: a late yes is none. */
export const decideApproval = (approval: Approval | undefined, command: ApprovalCommand): ApprovalEvent[] => {
  const { at } = command;
  if (command.type === 'request') return approval ? [] : [{ type: 'requested', at, terms: command.terms }];
  if (!approval) throw new Refusal('not_found', 'APPROVAL_NOT_FOUND', 'there is no such approval');
  const waiting = approval.state === 'waiting';
  switch (command.type) {
    case 'grant':
      if (approval.state === 'granted' && approval.approverId === command.approverId) return [];
      if (!waiting || at >= approval.dueAt) throw over(approval);
      return [{ ...command, type: 'granted' }];
    case 'deny':
      if (approval.state === 'denied' && approval.approverId === command.approverId) return [];
      if (!waiting || at >= approval.dueAt) throw over(approval);
      return [{ ...command, type: 'denied' }];
    case 'check':
      return waiting && at >= approval.dueAt ? [{ type: 'expired', at }] : [];
    case 'lapse':
      return approval.state === 'granted' && approval.givenAt === undefined ? [{ type: 'expired', at }] : [];
    case 'give':
      return approval.state === 'granted' && approval.givenAt === undefined ? [{ type: 'given', at }] : [];
  }
};

export const evolveApproval = (approval: Approval | undefined, event: ApprovalEvent): Approval => {
  if (event.type === 'requested') {
    return { ...event.terms, state: 'waiting', createdAt: event.at, approverId: '', note: '', alternatives: [] };
  }
  const before = approval!;
  switch (event.type) {
    case 'granted':
      return { ...before, state: 'granted', approverId: event.approverId, note: event.note, decidedAt: event.at };
    case 'denied': {
      const { approverId, note, alternatives, at } = event;
      return { ...before, state: 'denied', approverId, note, alternatives, decidedAt: at };
    }
    case 'expired':
      return { ...before, state: 'expired', decidedAt: event.at };
    case 'given':
      return { ...before, givenAt: event.at };
  }
};

/** When somebody must look at it though nobody says anything: its time is over, or what was granted is not given yet. */
export const lookAtApproval = ({ state, dueAt, decidedAt, givenAt }: Approval): number | undefined => {
  if (state === 'waiting') return dueAt;
  return state === 'granted' && givenAt === undefined ? decidedAt : undefined;
};
