import { Refusal } from '@throughline/core';
import type { Condition, Step, Target } from './policy';

/** A policy as an administrator wrote it; calendars by id, in whatever version is the latest when a clock starts. */
export interface PolicyContent {
  name: string;
  order: number;
  conditions: Condition[];
  calendarIds: string[];
  targets: Target[];
  warnPercents: number[];
  steps: Step[];
}

const refuse = (reason: string, field: string, description: string): Refusal =>
  new Refusal('invalid', reason, `${field}: ${description}`, {
    violations: [{ field, rule: reason.toLowerCase(), description }],
  });

const priorities = ['', 'low', 'normal', 'high', 'urgent'];

/** Nobody could act on a step that names no such priority, or no queue. */
const checkActions = (steps: Step[]): void =>
  steps.forEach(({ actions }, i) => {
    actions.forEach(({ kind, to }, j) => {
      const field = `escalation_steps[${i}].actions[${j}].to`;
      if (kind === 'raise_priority' && !priorities.includes(to.toLowerCase())) {
        throw refuse(
          'ACTION_INVALID',
          field,
          'a priority is low, normal, high or urgent; empty for the next higher one',
        );
      }
      if (kind !== 'raise_priority' && to === '')
        throw refuse('ACTION_INVALID', field, `says whom or where to ${kind}`);
    });
  });

/** Refuses what no clock could be held to. */
export const checkPolicy = (content: PolicyContent): PolicyContent => {
  const { targets, steps, warnPercents } = content;
  if (targets.length === 0) throw refuse('TARGET_MISSING', 'targets', 'a policy needs at least one target');
  const keys = targets.map(({ metric, priority, channel }) => `${metric}|${priority}|${channel}`);
  keys.forEach((key, i) => {
    if (keys.indexOf(key) < i) {
      throw refuse('TARGET_TWICE', `targets[${i}]`, 'there is a target for this metric, priority and channel already');
    }
  });
  const team = targets.filter(({ metric }) => metric === 'team_time').length;
  if (team > 0 && team < targets.length) {
    throw refuse('TARGETS_MIXED', 'targets', 'times of teams have policies of their own');
  }
  const percents = [...warnPercents, 100, ...steps.map(({ percent }) => percent)];
  percents.forEach((percent, i) => {
    if (percents.indexOf(percent) < i) {
      throw refuse('PERCENT_TWICE', 'escalation_steps', `something happens at ${percent} % already`);
    }
  });
  checkActions(steps);
  return content;
};
