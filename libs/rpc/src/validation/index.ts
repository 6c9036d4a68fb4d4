import type { Violation } from '@throughline/core';
import { Refusal } from '@throughline/core';
import { validatorOf } from './compile';
import { messageOf } from './rules';

/** Checks a decoded message against the rules of the contract; throws a Refusal that names each field and rule. */
export function createValidator(typeName: string): (message: unknown) => void {
  const check = validatorOf(messageOf(typeName));
  return (message) => {
    const violations: Violation[] = [];
    check(message, '', violations);
    if (violations.length === 0) return;
    const text = violations.map(({ field, description }) => `${field}: ${description}`).join('; ');
    throw new Refusal('invalid', 'INVALID_ARGUMENT', text, { violations });
  };
}
