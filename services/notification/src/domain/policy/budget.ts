import type { BudgetRule, MessageClass } from './policy';

/** A rule that is used up, and when there is room again. Infinity when there never is. */
export interface Spent {
  rule: string;
  until: number;
}

/** The rule that holds a message of this class back longest; undefined when there is room. `sent` are the moments of all that went out. */
export const spentBy = (
  rules: BudgetRule[],
  sent: number[],
  messageClass: MessageClass,
  now: number,
): Spent | undefined => {
  let longest: Spent | undefined;
  for (const { name, windowMs, most, holds } of rules) {
    if (!holds.includes(messageClass)) continue;
    const counted = sent.filter((at) => at > now - windowMs).sort((a, b) => a - b);
    if (counted.length < most) continue;
    const until = most === 0 ? Number.POSITIVE_INFINITY : counted[counted.length - most]! + windowMs;
    if (!longest || until > longest.until) longest = { rule: name, until };
  }
  return longest;
};
