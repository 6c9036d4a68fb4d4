import { mailboxFor, splitPlus, withPlus } from '../../src/domain/addresses';
import { eventKeyOf, threadKeyOf } from '../../src/domain/keys';
import { boundReferences, messageIds } from '../../src/domain/message-ids';
import { baseSubject, subjectToken } from '../../src/domain/subject';
import { mail, support } from './mails';

test.each([
  ['<a@x> <b@x>\t<a@x>', ['a@x', 'b@x']],
  ['a@x, b@x', ['a@x', 'b@x']],
  ['<a@x', ['a@x']],
  ['< spaced id @x >', ['spacedid@x']],
  [`<${'a'.repeat(1000)}@x> <b@x>`, ['b@x']],
  ['no id here', []],
  ['', []],
])('message ids of %j', (value, expected) => {
  expect(messageIds(value)).toEqual(expected);
});

test('a bounded list of references keeps the root and the newest', () => {
  const ids = Array.from({ length: 500 }, (_, index) => `${index}@x`);
  const kept = boundReferences(ids, 200, 24_000);
  expect(kept).toHaveLength(200);
  expect(kept[0]).toBe('0@x');
  expect(kept.slice(-2)).toEqual(['498@x', '499@x']);
  expect(boundReferences([], 200, 24_000)).toEqual([]);
});

test.each([
  ['Re: Fwd: AW: [#tok-1] Parcel', 'Parcel', 'tok-1'],
  ['RE[2]: re : Parcel', 'Parcel', ''],
  ['回复：转发: 包裹', '包裹', ''],
  ['Automatic reply: Parcel', 'Parcel', ''],
  ['Regarding: Parcel', 'Regarding: Parcel', ''],
  ['Parcel [#a b]', 'Parcel [#a b]', ''],
  ['Re:', '', ''],
])('subject %j', (subject, base, token) => {
  expect(baseSubject(subject)).toBe(base);
  expect(subjectToken(subject)).toBe(token);
});

test('many reply marks cost little', () => {
  const start = process.cpuUsage();
  expect(baseSubject(`${'re: '.repeat(250)}x`).endsWith('x')).toBe(true);
  expect(process.cpuUsage(start).user).toBeLessThan(50_000);
});

test('plus parts', () => {
  expect(splitPlus('Support+Tok@Shop.example')).toEqual({ base: 'support@shop.example', plus: 'Tok' });
  expect(mailboxFor([support], 'SUPPORT+x@shop.example')).toBe(support);
  expect(mailboxFor([support], 'support@other.example')).toBeUndefined();
  expect(mailboxFor([support], 'support@shop.example@evil.example')).toBeUndefined();
  expect(withPlus('support@shop.example', 'tok')).toBe('support+tok@shop.example');
  expect(withPlus('support@shop.example', 'a\r\nb')).toBeUndefined();
  expect(withPlus('support@shop.example', 'x'.repeat(60))).toBeUndefined();
});

describe('the event key', () => {
  const first = mail({ 'Message-ID': '<a@x>', Received: 'one' });
  const key = (given = first, digests: string[] = []) => eventKeyOf(support, 'a@x', given, digests);
  test('is the same for a second delivery with other trace headers and other line ends', () => {
    expect(key(mail({ Received: 'two' }, { text: 'Hello\r\n' }))).toBe(key());
  });
  test('differs when somebody else takes the same Message-ID', () => {
    expect(key(mail({}, { from: [{ name: '', address: 'eve@evil.example' }] }))).not.toBe(key());
  });
  test('differs for another text, subject or file', () => {
    expect(key(mail({}, { text: 'Bye' }))).not.toBe(key());
    expect(key(mail({}, { subject: 'Bye' }))).not.toBe(key());
    expect(key(first, ['f'.repeat(64)])).not.toBe(key());
  });
  test('stays within its bound', () => {
    expect(eventKeyOf(support, `${'m'.repeat(990)}@x`, first, []).length).toBeLessThan(998);
  });
});

describe('the thread key', () => {
  const none = { messageId: '', inReplyTo: '', references: [], knownThread: '', eventKey: 'k' };
  test.each([
    [{ ...none, messageId: 'm@x' }, 'm@x'],
    [{ ...none, messageId: 'm@x', inReplyTo: 'r@x' }, 'r@x'],
    [{ ...none, messageId: 'm@x', inReplyTo: 'r@x', references: ['root@x', 'r@x'] }, 'root@x'],
    [{ ...none, messageId: 'm@x', references: ['other@x'], knownThread: 'root@x' }, 'root@x'],
  ])('%#', (evidence, expected) => {
    expect(threadKeyOf(evidence)).toBe(expected);
  });
  test('a mail without any id is a thread of its own', () => {
    expect(threadKeyOf(none)).toBe(threadKeyOf(none));
    expect(threadKeyOf(none)).not.toBe(threadKeyOf({ ...none, eventKey: 'other' }));
  });
});
