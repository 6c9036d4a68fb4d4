import fc from 'fast-check';
import {
  contactPointFromText,
  contactPointText,
  customerIdFor,
  isBlockedContactValue,
  isBlockedText,
  parseContactPoint,
  Refusal,
} from '../src';

const text = (type: string, raw: string, region?: string) =>
  contactPointText(parseContactPoint(type, raw, region ? { region } : {}));

describe('contact points have one spelling', () => {
  it.each([
    ['email', ' Ada@Example.ORG ', 'email:ada@example.org'],
    ['email', 'ada+shop@example.org', 'email:ada+shop@example.org'],
    ['email', 'ada@münchen.example', 'email:ada@xn--mnchen-3ya.example'],
    ['email', 'rene\u0301@example.org', 'email:ren\u00e9@example.org'],
    ['phone', '+49 (30) 901820', 'phone:+4930901820'],
    ['phone', '+44 20 7946 0958', 'phone:+442079460958'],
    ['phone', '+442079460958', 'phone:+442079460958'],
    ['chat', 'v-123', 'chat:v-123'],
    ['external', 'CRM:A/17', 'external:crm:A/17'],
  ])('%s %s', (type, raw, expected) => expect(text(type, raw)).toBe(expected));

  it('reads a national number with the region of the line', () => {
    expect(text('phone', '030 901820', 'DE')).toBe('phone:+4930901820');
    expect(text('phone', '030 901820', 'de')).toBe('phone:+4930901820');
  });

  it.each([
    ['email', 'ada'],
    ['email', 'ada@'],
    ['email', '@example.org'],
    ['email', 'a b@example.org'],
    ['email', 'ada..b@example.org'],
    ['email', 'ada@exa mple.org'],
    ['email', 'ada@example.org\r\nBcc: eve@example.org'],
    ['email', 'a\u202eda@example.org'],
    ['email', 'a\u200bda@example.org'],
    ['email', 'a\u0000@example.org'],
    ['email', '\ud800@example.org'],
    ['email', `${'a'.repeat(65)}@example.org`],
    ['email', `ada@${'x.'.repeat(200)}org`],
    ['phone', '030 901820'],
    ['phone', 'anonymous'],
    ['phone', '+1'],
    ['phone', `+${'1'.repeat(40)}`],
    ['phone', '1'.repeat(10_000)],
    ['chat', ''],
    ['chat', 'x'.repeat(129)],
    ['chat', 'a\nb'],
    ['external', 'nonamespace'],
    ['external', ':x'],
    ['fax', '+4930901820'],
  ])('%s %j is refused', (type, raw) => {
    expect(() => parseContactPoint(type, raw)).toThrow(Refusal);
  });

  it('reads its own text back and refuses any other spelling', () => {
    const point = { type: 'external', value: 'crm:a:b:c' } as const;
    expect(contactPointFromText(contactPointText(point))).toEqual(point);
    expect(() => contactPointFromText('email:Ada@example.org')).toThrow(/canonical/);
    expect(() => contactPointFromText('nothing')).toThrow(Refusal);
  });

  it('is stable for any input it accepts, and throws nothing but refusals', () => {
    fc.assert(
      fc.property(fc.constantFrom('email', 'phone', 'chat', 'external'), fc.string({ unit: 'binary' }), (type, raw) => {
        try {
          const once = parseContactPoint(type, raw);
          expect(contactPointFromText(contactPointText(once))).toEqual(once);
        } catch (error) {
          expect(error).toBeInstanceOf(Refusal);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('values that name nobody', () => {
  it.each(['', '0', '000-000', '-', '-1', 'NULL', ' Anonymous ', 'test', '+266696687', 'n/a'])('%j', (raw) => {
    expect(isBlockedText(raw)).toBe(true);
  });

  it.each([
    ['email', 'test@example.org', true],
    ['email', 'anonymous@shop.example', true],
    ['email', 'noreply@shop.example', true],
    ['email', 'ada@example.org', false],
    ['email', 'testa@example.org', false],
    ['phone', '+49300000000', true],
    ['phone', '+4930901820', false],
    ['external', 'crm:null', true],
    ['external', 'crm:0042', false],
    ['chat', 'anonymous', true],
    ['chat', 'v1', false],
  ] as const)('%s %s → %s', (type, value, blocked) => {
    expect(isBlockedContactValue({ type, value })).toBe(blocked);
  });
});

it('gives each contact point of a tenant its own customer, always the same', () => {
  const id = customerIdFor('acme', 'email:ada@example.org');
  expect(id).toBe(customerIdFor('acme', 'email:ada@example.org'));
  expect(id).not.toBe(customerIdFor('other', 'email:ada@example.org'));
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
