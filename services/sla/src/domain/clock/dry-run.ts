import type { Clock, ConversationFacts } from './clock';
import type { Policy, Rules } from './policy';
import { policyFor, termsFor } from './policy';
import { replay } from './replay';

/** A clock as it would stand had a policy counted from its start; undefined when the policy has no target for it. */
export const dryRun = (
  clock: Clock,
  facts: ConversationFacts,
  policy: Policy,
  now: number,
  rules: Rules,
): Clock | undefined => {
  const terms = termsFor([policy], clock.metric, facts);
  if (!terms) return undefined;
  const ledger = clock.ledger.map((entry) => (entry.terms ? { ...entry, terms } : entry));
  const { usedMs, dueAt, breachedAt } = replay({ ledger }, now, rules);
  const late = breachedAt !== undefined;
  const state = late ? 'breached' : clock.state === 'breached' ? (clock.endedAt ? 'met' : 'running') : clock.state;
  return {
    ...clock,
    terms,
    usedMs,
    dueAt,
    breachedAt,
    state,
    runningSince: undefined,
    moments: [],
    fired: [],
    ledger: [],
  };
};

/** True when the policy would be the one for such a conversation, were it the only one. */
export const matchesNow = (policy: Policy, facts: ConversationFacts): boolean =>
  policyFor([policy], facts, false) !== undefined || policyFor([policy], facts, true) !== undefined;
