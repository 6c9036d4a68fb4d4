import type { AcknowledgeFacts } from '../src/domain/auto-acknowledgement';
import { neverAcknowledge, tooSoonToAcknowledge } from '../src/domain/auto-acknowledgement';
import { treatmentOf } from '../src/domain/classify';
import type { MessageClass } from '../src/domain/conversation';

const hour = 3600 * 1000;
const policy = {
  channels: ['email', 'chat'],
  periodMs: 24 * hour,
  hourlyCap: 3,
  ownAddresses: new Set(['help@shop.example']),
};
const headers = {
  nullReturnPath: false,
  autoSubmitted: '',
  listOrBulk: false,
  suppressAutoResponse: false,
  dmarc: 'pass',
};
const person: AcknowledgeFacts = {
  channel: 'email',
  contactPoint: 'email:ada@example.org',
  messageClass: 'NORMAL',
  mail: headers,
};

test('a person who writes a mail may be answered', () => {
  expect(neverAcknowledge(person, policy)).toBeUndefined();
  expect(neverAcknowledge({ ...person, mail: { ...headers, autoSubmitted: 'no' } }, policy)).toBeUndefined();
});

test.each<[string, Partial<AcknowledgeFacts>]>([
  ['channel_off', { channel: 'voice' }],
  ['anonymous', { contactPoint: '' }],
  ['not_a_person', { messageClass: 'AUTO_REPLY' }],
  ['not_a_person', { messageClass: 'BOUNCE' }],
  ['unverified_address', { channel: 'chat', contactPoint: 'chat:visitor', mail: undefined }],
  ['unverified_address', { channel: 'chat', mail: undefined }],
  ['own_address', { contactPoint: 'email:help@shop.example' }],
  ['machine_address', { contactPoint: 'email:mailer-daemon@example.org' }],
  ['machine_address', { contactPoint: 'email:no-reply@example.org' }],
  ['machine_address', { contactPoint: 'email:list-request@example.org' }],
  ['null_return_path', { mail: { ...headers, nullReturnPath: true } }],
  ['auto_submitted', { mail: { ...headers, autoSubmitted: 'auto-replied' } }],
  ['auto_submitted', { mail: { ...headers, autoSubmitted: 'auto-generated' } }],
  ['list_or_bulk', { mail: { ...headers, listOrBulk: true } }],
  ['asked_not_to', { mail: { ...headers, suppressAutoResponse: true } }],
  ['forged_sender', { mail: { ...headers, dmarc: 'fail' } }],
])('never: %s %j', (reason, extra) => {
  expect(neverAcknowledge({ ...person, ...extra } as AcknowledgeFacts, policy)).toBe(reason);
});

test('once per period, and capped per hour however short the period', () => {
  const now = 1_700_000_000_000;
  expect(tooSoonToAcknowledge(now, [], policy)).toBeUndefined();
  expect(tooSoonToAcknowledge(now, [now - 23 * hour], policy)).toBe('within_period');
  expect(tooSoonToAcknowledge(now, [now - 25 * hour], policy)).toBeUndefined();
  const eager = { ...policy, periodMs: 1 };
  const three = [now - 50, now - 40, now - 30];
  expect(tooSoonToAcknowledge(now, three.slice(1), eager)).toBeUndefined();
  expect(tooSoonToAcknowledge(now, three, eager)).toBe('hourly_cap');
  expect(tooSoonToAcknowledge(now + hour, three, eager)).toBeUndefined();
});

const quiet = { nullReturnPath: false, autoSubmitted: '', listOrBulk: false };
test.each<[MessageClass, Partial<typeof quiet>, string]>([
  ['NORMAL', {}, 'message'],
  ['NORMAL', { autoSubmitted: 'no' }, 'message'],
  ['NORMAL', { autoSubmitted: 'auto-replied' }, 'attach'],
  ['NORMAL', { nullReturnPath: true }, 'attach'],
  ['NORMAL', { listOrBulk: true }, 'set_aside'],
  ['AUTO_REPLY', {}, 'attach'],
  ['BOUNCE', {}, 'delivery'],
  ['COMPLAINT', {}, 'delivery'],
  ['BULK', {}, 'set_aside'],
  ['SPAM', {}, 'set_aside'],
  ['OWN', {}, 'set_aside'],
])('%s %j is treated as %s', (messageClass, extra, as) => {
  expect(treatmentOf({ messageClass, mail: { ...quiet, ...extra } }).as).toBe(as);
});
