import { readBounce, readComplaint } from '../../src/domain/reports';
import { mail, part } from './mails';

const original = part(
  'message/rfc822',
  'Received: x\r\nMessage-ID:\r\n <Tok3n@shop.example>\r\nSubject: hi\r\n\r\nMessage-ID: <body@x>',
);
const status = (recipient: string): string => `Reporting-MTA: dns; mx.example\r\n\r\n${recipient}`;
const failed =
  'Final-Recipient: rfc822; ada@customer.example\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1\r\n no such user\r\n';
const delayed = 'Final-Recipient: rfc822; bob@customer.example\r\nAction: Delayed (still trying)\r\nStatus: 4.4.1\r\n';

test('a failed delivery names the mail, the address, the code and the words', () => {
  expect(readBounce(mail({}, { parts: [part('message/delivery-status', status(failed)), original] }))).toEqual({
    state: 'bounced',
    code: '5.1.1',
    detail: '550 5.1.1 no such user',
    recipient: 'ada@customer.example',
    originalMessageId: 'Tok3n@shop.example',
  });
});

test('delayed is not failed', () => {
  const report = readBounce(mail({}, { parts: [part('message/delivery-status', status(delayed)), original] }));
  expect(report).toMatchObject({ state: 'delayed', code: '4.4.1' });
});

test.each([
  ['delivered', 'delivered'],
  ['relayed', 'relayed'],
  ['expanded', 'relayed'],
])('action %s', (action, state) => {
  const parts = [part('message/delivery-status', status(`Action: ${action}\r\nStatus: 2.0.0\r\n`)), original];
  expect(readBounce(mail({}, { parts })).state).toBe(state);
});

test('of several recipients the worst counts', () => {
  const parts = [part('message/delivery-status', status(`${delayed}\r\n${failed}`)), original];
  expect(readBounce(mail({}, { parts }))).toMatchObject({ state: 'bounced', recipient: 'ada@customer.example' });
});

test('only headers of the original are enough', () => {
  const parts = [
    part('message/delivery-status', status(failed)),
    part('text/rfc822-headers', 'Message-ID: <h@shop.example>'),
  ];
  expect(readBounce(mail({}, { parts })).originalMessageId).toBe('h@shop.example');
});

test('an old bounce in plain words', () => {
  const text = 'Sorry, I could not deliver: 552 5.2.2 mailbox full\n> Message-Id: <old@shop.example>\n';
  const report = readBounce(mail({ 'X-Failed-Recipients': 'ada@customer.example, b@x' }, { text }));
  expect(report).toMatchObject({
    state: 'bounced',
    code: '5.2.2',
    originalMessageId: 'old@shop.example',
    recipient: 'ada@customer.example',
  });
});

test('rubbish gives empty fields, no error', () => {
  const parts = [part('message/delivery-status', '\u0000:::\n\n\n:'), part('message/rfc822', '')];
  expect(readBounce(mail({}, { parts }))).toMatchObject({ state: 'bounced', code: '', originalMessageId: '' });
});

test('a complaint names its kind and the mail', () => {
  const feedback =
    'Feedback-Type: abuse\r\nUser-Agent: Mill/1.0\r\nVersion: 1\r\nOriginal-Rcpt-To: <ada@customer.example>\r\n';
  expect(readComplaint(mail({}, { parts: [part('message/feedback-report', feedback), original] }))).toEqual({
    state: 'complained',
    code: 'abuse',
    detail: 'Mill/1.0',
    recipient: 'ada@customer.example',
    originalMessageId: 'Tok3n@shop.example',
  });
});
