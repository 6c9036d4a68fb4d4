import type { MessageClass } from '../../src/domain/classify';
import { classify } from '../../src/domain/classify';
import type { Envelope, ParsedMail } from '../../src/domain/mail';
import { envelope, mail, part } from './mails';

const report = (type: string) => ({ 'Content-Type': `multipart/report; report-type=${type}; boundary="b"` });
const daemon = { from: [{ name: '', address: 'MAILER-DAEMON@mx.example' }] };

const cases: [name: string, mail: ParsedMail, envelope: Partial<Envelope>, expected: MessageClass][] = [
  ['a plain mail', mail(), {}, 'normal'],
  ['Auto-Submitted: no is a person', mail({ 'Auto-Submitted': 'no' }), {}, 'normal'],
  ['Auto-Submitted: auto-replied', mail({ 'Auto-Submitted': 'auto-replied' }), {}, 'auto_reply'],
  ['Auto-Submitted with parameters', mail({ 'Auto-Submitted': 'Auto-Replied; owner-email="x@y"' }), {}, 'auto_reply'],
  ['Auto-Submitted: auto-generated', mail({ 'Auto-Submitted': 'auto-generated' }), {}, 'auto_reply'],
  ['X-Autoreply: yes', mail({ 'X-Autoreply': 'yes' }), {}, 'auto_reply'],
  ['X-Autoreply: no', mail({ 'X-Autoreply': 'no' }), {}, 'normal'],
  ['Precedence: auto_reply', mail({ Precedence: 'auto_reply' }), {}, 'auto_reply'],
  ['a read receipt', mail(report('disposition-notification')), {}, 'auto_reply'],
  ['a null envelope sender', mail(), { from: '' }, 'auto_reply'],
  ['Return-Path: <>', mail({ 'Return-Path': '<>' }), {}, 'auto_reply'],
  ['X-Auto-Response-Suppress alone proves nothing', mail({ 'X-Auto-Response-Suppress': 'All' }), {}, 'normal'],
  ['a delivery status notification', mail(report('delivery-status'), daemon), { from: '' }, 'bounce'],
  ['one in quotes', mail({ 'Content-Type': 'multipart/report;report-type="delivery-status"' }), {}, 'bounce'],
  [
    'a status part without the report type',
    mail({}, { parts: [part('message/delivery-status', '')] }),
    { from: '' },
    'bounce',
  ],
  ['a bounce of an old system', mail({ 'X-Failed-Recipients': 'ada@customer.example' }), {}, 'bounce'],
  ['mailer-daemon with a null sender', mail({}, daemon), { from: '' }, 'bounce'],
  ['mailer-daemon from a real sender', mail({}, daemon), {}, 'normal'],
  ['a feedback report', mail(report('feedback-report')), {}, 'complaint'],
  ['a mailing list', mail({ 'List-Id': '<dev.lists.example>' }), {}, 'bulk'],
  ['a newsletter', mail({ 'List-Unsubscribe': '<https://x.example/u>' }), {}, 'bulk'],
  ['Precedence: bulk', mail({ Precedence: 'Bulk' }), {}, 'bulk'],
  ['an automatic mail to a list', mail({ 'List-Id': '<l>', 'Auto-Submitted': 'auto-generated' }), {}, 'auto_reply'],
  ['a spam mark of a stranger', mail({ 'X-Spam-Flag': 'YES' }), {}, 'normal'],
  ['a spam mark of our filter', mail({ 'X-Spam-Flag': 'YES' }), { trustedPeer: true }, 'spam'],
  ['our filter says it is none', mail({ 'X-Spam-Status': 'No, score=0.1' }), { trustedPeer: true }, 'normal'],
];

test.each(cases)('%s', (_name, given, change, expected) => {
  expect(classify(given, envelope(change), false).messageClass).toBe(expected);
});

test('a mail of our own comes first, whatever marks it carries', () => {
  expect(classify(mail({ 'Auto-Submitted': 'auto-replied' }), envelope(), true).messageClass).toBe('own');
});

test.each([
  [mail({ 'X-Auto-Response-Suppress': 'OOF, DR' }), true],
  [mail({ 'X-Auto-Response-Suppress': 'RN, NRN' }), false],
  [mail({}, { from: [{ name: '', address: 'no-reply@bank.example' }] }), true],
  [mail({}, { from: [{ name: '', address: 'noreplying@bank.example' }] }), false],
  [mail(), false],
])('who asks for no automatic answer gets none (%#)', (given, expected) => {
  expect(classify(given, envelope(), false).suppressAutoResponse).toBe(expected);
});

test('the marks that loop protection needs are told as they are', () => {
  const marks = classify(
    mail({ 'Auto-Submitted': 'Auto-Generated (report)', 'List-Id': '<l>' }),
    envelope({ from: '' }),
    false,
  );
  expect(marks).toMatchObject({ nullReturnPath: true, autoSubmitted: 'auto-generated', listOrBulk: true });
});
