import { isZone, Refusal } from '@throughline/core';
import type { ContactPolicy } from './policy';

const refuse = (reason: string, field: string, description: string): Refusal =>
  new Refusal('invalid', reason, `${field}: ${description}`, {
    violations: [{ field, rule: reason.toLowerCase(), description }],
  });

/** No list of countries and codes: only what surely is no address that a letter could be sent to. */
const isPostalAddress = (text: string): boolean =>
  text.length >= 10 && text.split('\n').length <= 8 && /\p{L}/u.test(text) && !/[^\P{Cc}\n]/u.test(text);

/** Refuses a policy that could not be kept. */
export const checkPolicy = (policy: ContactPolicy): void => {
  if (!isZone(policy.defaultZone)) {
    const description = 'expected a zone of the IANA database, for example Europe/Berlin';
    throw refuse('TIME_ZONE_UNKNOWN', 'contact_policy.default_time_zone', description);
  }
  if (policy.quiet && policy.quiet.starts === policy.quiet.ends) {
    throw refuse('QUIET_HOURS_EMPTY', 'contact_policy.quiet_hours.ends', 'must differ from starts');
  }
  if (policy.postalAddress && !isPostalAddress(policy.postalAddress)) {
    const description = 'expected name, street or box, and place, 10 characters or more in at most 8 lines';
    throw refuse('POSTAL_ADDRESS_INVALID', 'contact_policy.sender_postal_address', description);
  }
  const names = policy.budget.map(({ name }) => name);
  const twice = names.findIndex((name, i) => names.indexOf(name) < i);
  if (twice >= 0) throw refuse('BUDGET_RULE_TWICE', `contact_policy.budget[${twice}].name`, 'names one rule only');
};
