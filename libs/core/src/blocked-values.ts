import type { ContactPoint } from './contact-point';

// Values that forms, telephone networks and imports put where they know nothing. A person is never found by one.
const placeholders = new Set([
  'anonymous',
  'anonym',
  'asdf',
  'blocked',
  'demo',
  'dummy',
  'example',
  'fake',
  'foo',
  'guest',
  'invalid',
  'n/a',
  'na',
  'nan',
  'nil',
  'none',
  'no-email',
  'noemail',
  'no-reply',
  'noreply',
  'null',
  'private',
  'restricted',
  'test',
  'tester',
  'testing',
  'unavailable',
  'undefined',
  'unknown',
  'user',
  'withheld',
  'xxx',
]);

// Keypad spellings of ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN and UNAVAILABLE that carriers send as a number.
const withheldNumbers = new Set(['+266696687', '+7378742833', '+2562533', '+8656696', '+86282452253', '+464']);

/** True for text that stands for "we do not know": empty, zeros and dashes, -1, null, anonymous, test … */
export const isBlockedText = (raw: string): boolean => {
  const text = raw.normalize('NFKC').trim().toLowerCase();
  return /^[0-]*$/.test(text) || text === '-1' || placeholders.has(text) || withheldNumbers.has(text);
};

const sameDigit = (digits: string): boolean => /^(\d)\1*$/.test(digits);

/** True when a contact point must never say who somebody is. */
export const isBlockedContactValue = (point: Pick<ContactPoint, 'type' | 'value'>): boolean => {
  if (isBlockedText(point.value)) return true;
  switch (point.type) {
    case 'email': {
      const at = point.value.lastIndexOf('@');
      return isBlockedText(point.value.slice(0, at)) || point.value.slice(at + 1).endsWith('.invalid');
    }
    case 'phone':
      return sameDigit(point.value.replace(/\D/g, '')) || /^\+\d{0,3}0{6,}$/.test(point.value);
    case 'external':
      return isBlockedText(point.value.slice(point.value.indexOf(':') + 1));
    default:
      return false;
  }
};
