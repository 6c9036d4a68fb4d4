import type { Violation } from '@throughline/core';
import { Refusal } from '@throughline/core';

/** What the next agent must know. */
export interface Handover {
  issue: string;
  tried: string;
  promised: string;
  nextStep: string;
}

const fields: [keyof Handover, string, string][] = [
  ['issue', 'handover.issue', 'say what it is about'],
  ['tried', 'handover.tried', 'say what was tried'],
  ['promised', 'handover.promised', 'say what the customer was promised, or that nothing was'],
  ['nextStep', 'handover.next_step', 'say what is to be done now'],
];

/** Refuses a handover that leaves the next agent to ask again. */
export const checkHandover = (handover: Handover): void => {
  const violations: Violation[] = fields
    .filter(([name]) => handover[name].trim() === '')
    .map(([, field, description]) => ({ field, rule: 'required', description }));
  if (violations.length === 0) return;
  const names = violations.map(({ field }) => field).join(', ');
  throw new Refusal('precondition', 'HANDOVER_INCOMPLETE', `fill ${names} before passing it on`, { violations });
};
