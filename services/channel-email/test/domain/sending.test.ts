import type { SendRequest } from '../../src/domain/compose';
import { compose } from '../../src/domain/compose';
import { occurredAt } from '../../src/domain/occurred-at';
import { afterAttempt, backOff, outcomeOf } from '../../src/domain/send';
import { support } from './mails';

const request: SendRequest = {
  messageId: 'm-1',
  tenantId: 'acme',
  from: 'support@shop.example',
  to: 'ada@customer.example',
  subject: 'Re: Parcel',
  text: 'It is <here> & now\nBye',
  html: '',
  replyToken: 'tok1',
  inReplyTo: 'first@customer.example',
  references: ['root@customer.example', 'first@customer.example'],
  autoSubmitted: false,
};
const sent = (change: Partial<SendRequest> = {}) => {
  const composed = compose([support], { ...request, ...change });
  if (!composed.ok) throw new Error(composed.code);
  return composed.mail;
};

test('a reply carries the token in its id, its answer address and its return address', () => {
  expect(sent()).toMatchObject({
    messageId: 'tok1@shop.example',
    replyTo: 'support+tok1@shop.example',
    envelopeFrom: 'support+tok1@shop.example',
    inReplyTo: 'first@customer.example',
    headers: {},
    html: '<div>It is &lt;here&gt; &amp; now<br>\nBye</div>',
  });
});

test('an automatic answer has no return address and says what it is', () => {
  expect(sent({ autoSubmitted: true })).toMatchObject({
    envelopeFrom: '',
    headers: { 'Auto-Submitted': 'auto-replied' },
  });
});

test('a notification says that a machine wrote it, and bounces come back', () => {
  const mail = sent({ notification: true, replyToken: '', messageId: 'ntf_1' });
  expect(mail.headers).toEqual({
    'Auto-Submitted': 'auto-generated',
    'X-Auto-Response-Suppress': 'OOF, AutoReply',
  });
  expect(mail.envelopeFrom).toBe('support+ntf_1@shop.example');
});

test('one POST unsubscribes: both headers or none, and no URL can begin a header of its own', () => {
  expect(sent({ unsubscribeUrl: 'https://shop.example/u/abc' }).headers).toEqual({
    'List-Unsubscribe': '<https://shop.example/u/abc>',
    'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
  });
  for (const unsubscribeUrl of ['https://shop.example/u\r\nBcc: eve@example.org', 'https://a>, <b', 'mailto:x@y', ''])
    expect(sent({ unsubscribeUrl }).headers).toEqual({});
});

test('the same request always gives the same Message-ID, also without a token', () => {
  expect(sent({ replyToken: '' }).messageId).toBe('m-1@shop.example');
});

test('no field can begin a header', () => {
  const mail = sent({
    subject: 'x\r\nBcc: all@x',
    inReplyTo: 'a@x>\r\nBcc: b',
    references: ['ok@x', 'bad id@x', 'b@x\nBcc: c'],
  });
  expect(mail.subject).toBe('x Bcc: all@x');
  expect(mail.inReplyTo).toBe('');
  expect(mail.references).toEqual(['ok@x']);
});

test.each([
  [{ from: 'boss@other.example' }, 'SENDER_NOT_OURS'],
  [{ tenantId: 'other' }, 'SENDER_NOT_OURS'],
  [{ to: '' }, 'RECIPIENT_INVALID'],
  [{ to: 'a@x, b@x' }, 'RECIPIENT_INVALID'],
  [{ to: 'a@x>\r\nRCPT TO:<b@x' }, 'RECIPIENT_INVALID'],
  [{ to: 'support+x@shop.example' }, 'RECIPIENT_IS_OWN'],
  [{ replyToken: 'a b' }, 'TOKEN_INVALID'],
])('what can never be sent says why (%#)', (change, code) => {
  expect(compose([support], { ...request, ...change })).toMatchObject({ ok: false, code });
});

const facts = { attempts: 1, createdAt: 0, atMostOnce: false };
const hours = (count: number): number => count * 3_600_000;

test.each([
  ['accepted', facts, { kind: 'accepted', detail: '' } as const, 0, { state: 'sent' }],
  [
    'permanent',
    facts,
    { kind: 'permanent', code: '5.1.1', detail: 'no' } as const,
    0,
    { state: 'failed', code: '5.1.1' },
  ],
  [
    'temporary',
    facts,
    { kind: 'temporary', code: '4.2.1', detail: '' } as const,
    10,
    { state: 'waiting', notBefore: 1_010 },
  ],
  ['unknown is repeated', facts, { kind: 'unknown', detail: '' } as const, 0, { state: 'waiting' }],
  [
    'unknown of an automatic answer is not',
    { ...facts, atMostOnce: true },
    { kind: 'unknown', detail: '' } as const,
    0,
    { state: 'failed', code: 'unknown' },
  ],
  [
    'temporary for too long',
    facts,
    { kind: 'temporary', code: '4.2.1', detail: '' } as const,
    hours(49),
    { state: 'failed', code: '4.2.1' },
  ],
])('after an attempt: %s', (_name, given, outcome, now, expected) => {
  expect(afterAttempt(given, outcome, now)).toMatchObject(expected);
});

test('pauses grow to a quarter of an hour', () => {
  expect([1, 2, 3, 9].map(backOff)).toEqual([1_000, 4_000, 16_000, 900_000]);
});

test.each([
  [
    { message: 'x', responseCode: 550, response: '550 5.1.1 no', handedOver: true },
    { kind: 'permanent', code: '5.1.1' },
  ],
  [
    { message: 'x', responseCode: 450, response: '450 wait', handedOver: false },
    { kind: 'temporary', code: '450' },
  ],
  [
    { message: 'x', responseCode: 421, response: '421 4.4.2 bye', handedOver: true },
    { kind: 'temporary', code: '4.4.2' },
  ],
  [{ message: 'closed', code: 'ECONNECTION', handedOver: true }, { kind: 'unknown' }],
  [
    { message: 'refused', code: 'ESOCKET', handedOver: false },
    { kind: 'temporary', code: 'ESOCKET' },
  ],
])('an SMTP failure is read (%#)', (failure, expected) => {
  expect(outcomeOf(failure)).toMatchObject(expected);
});

test('the date of a mail counts only when it can be true', () => {
  expect(occurredAt(hours(99), hours(100))).toBe(hours(99));
  expect(occurredAt(hours(101), hours(100))).toBe(hours(100));
  // The answer that was sent 400 ms after our reply, with a date cut to its second.
  expect(occurredAt(1_764_036_544_000, 1_764_036_544_617)).toBe(1_764_036_544_617);
  expect(occurredAt(hours(100) - hours(24 * 6), hours(100))).toBe(hours(100));
  expect(occurredAt(undefined, 5)).toBe(5);
});
