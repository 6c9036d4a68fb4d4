import type { Violation } from '@throughline/core';
import { Refusal } from '@throughline/core';
import type { AwaitCustomer, Check, Close, Hold, Policy, Reopen, Snooze, Solve } from './commands';
import type { Actor, Conversation, ConversationState } from './conversation';
import type { ConversationEvent, StateChanged } from './events';

export type Decision = ConversationEvent[] | Refusal;

interface Step {
  at: number;
  actor: Actor;
  reason: string;
}

const year = 366 * 24 * 3600 * 1000;

export const moveTo = (
  from: ConversationState,
  to: ConversationState,
  step: Step,
  extra: { wrapUpCode?: string; closeDueAt?: number } = {},
): StateChanged => ({
  type: 'state_changed',
  at: step.at,
  actor: step.actor,
  from,
  to,
  reason: step.reason,
  wrapUpCode: extra.wrapUpCode ?? '',
  closeDueAt: extra.closeDueAt ?? 0,
});

export const notAllowed = (state: Conversation, verb: string): Refusal =>
  new Refusal('precondition', 'TRANSITION_NOT_ALLOWED', `a conversation that is ${state.state} cannot be ${verb}`, {
    metadata: { state: state.state },
  });

/** A person who puts work aside or ends it also ends its sleep. */
const wake = (state: Conversation, step: Step): ConversationEvent[] =>
  state.snoozedUntil > 0 ? [{ type: 'woken', at: step.at, actor: step.actor, reason: step.reason }] : [];

const between = (allowed: ConversationState[], to: ConversationState, verb: string) => {
  return (state: Conversation, command: Step): Decision => {
    if (state.state === to) return [];
    if (!allowed.includes(state.state)) return notAllowed(state, verb);
    return [moveTo(state.state, to, command)];
  };
};

export const hold: (state: Conversation, command: Hold) => Decision = between(
  ['NEW', 'OPEN', 'PENDING'],
  'ON_HOLD',
  'put on hold',
);

export const awaitCustomer: (state: Conversation, command: AwaitCustomer) => Decision = between(
  ['NEW', 'OPEN', 'ON_HOLD'],
  'PENDING',
  'left waiting for the customer',
);

const isFilled = (state: Conversation, field: string, wrapUpCode: string): boolean => {
  if (field.startsWith('attributes.')) return Boolean(state.attributes[field.slice('attributes.'.length)]);
  const values: Record<string, string> = {
    wrap_up_code: wrapUpCode || state.wrapUpCode,
    topic: state.topic,
    language: state.language,
    issue_id: state.issueId,
    subject: state.subject,
    assignee_id: state.assigneeId,
  };
  return Boolean(values[field]);
};

export const missingOnSolve = (state: Conversation, policy: Policy, wrapUpCode: string): Refusal | undefined => {
  const violations: Violation[] = policy.requiredOnSolve
    .filter((field) => !isFilled(state, field, wrapUpCode))
    .map((field) => ({ field, rule: 'required', description: 'must be filled before the conversation is solved' }));
  if (violations.length === 0) return undefined;
  const names = violations.map((violation) => violation.field).join(', ');
  return new Refusal('precondition', 'SOLVE_FIELDS_MISSING', `fill ${names} before solving`, { violations });
};

export const solve = (state: Conversation, command: Omit<Solve, 'type'>): Decision => {
  if (state.state === 'SOLVED') return [];
  if (state.state === 'CLOSED') return notAllowed(state, 'solved');
  const missing = missingOnSolve(state, command.policy, command.wrapUpCode);
  if (missing) return missing;
  const closeDueAt = command.at + command.policy.autoCloseMs;
  return [
    ...wake(state, command),
    moveTo(state.state, 'SOLVED', command, { wrapUpCode: command.wrapUpCode, closeDueAt }),
  ];
};

export const reopen = (state: Conversation, command: Reopen): Decision => {
  if (state.state === 'OPEN') return [];
  if (state.state === 'NEW' || state.state === 'CLOSED') return notAllowed(state, 'reopened');
  if (state.state === 'SOLVED' && command.at > state.solvedAt + command.policy.reopenWindowMs) {
    return new Refusal(
      'precondition',
      'REOPEN_WINDOW_OVER',
      'the window for reopening is over: start a new conversation',
    );
  }
  return [moveTo(state.state, 'OPEN', command)];
};

export const close = (state: Conversation, command: Close): Decision =>
  between(['SOLVED'], 'CLOSED', 'closed before it is solved')(state, command);

export const snooze = (state: Conversation, command: Snooze): Decision => {
  if (state.state === 'SOLVED' || state.state === 'CLOSED') return notAllowed(state, 'snoozed');
  if (command.until <= command.at || command.until > command.at + year) {
    return new Refusal('invalid', 'INVALID_ARGUMENT', 'until: must lie in the future, at most a year ahead', {
      violations: [{ field: 'until', rule: 'range', description: 'must lie in the future, at most a year ahead' }],
    });
  }
  if (state.snoozedUntil === command.until) return [];
  return [{ type: 'snoozed', at: command.at, actor: command.actor, until: command.until, reason: command.reason }];
};

export const check = (state: Conversation, command: Check): Decision => {
  const events: ConversationEvent[] = [];
  const step = { at: command.at, actor: command.actor, reason: 'snooze_over' };
  if (state.snoozedUntil > 0 && state.snoozedUntil <= command.at) {
    events.push(...wake(state, step));
    if (state.state === 'PENDING' || state.state === 'ON_HOLD') events.push(moveTo(state.state, 'OPEN', step));
  }
  if (state.state === 'SOLVED' && state.closeDueAt > 0 && state.closeDueAt <= command.at) {
    events.push(moveTo('SOLVED', 'CLOSED', { ...step, reason: 'auto_close' }));
  }
  return events;
};
