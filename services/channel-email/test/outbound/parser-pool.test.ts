import type { ParsedMail } from '../../src/domain/mail';
import type { ParserPool } from '../../src/outbound/parser/parser-pool';
import { createParserPool } from '../../src/outbound/parser/parser-pool';
import { chinese, hostile, multipart, mutatedMarkup, plain } from '../corpus';

let pool: ParserPool;
beforeAll(() => {
  pool = createParserPool({ size: 1, timeoutMs: 10_000, idleMs: 1_000, maxQueue: 500 });
});
afterAll(() => pool.stop());

const parse = async (raw: string | Buffer): Promise<ParsedMail> => {
  const mail = await pool.parse(Buffer.from(raw));
  if ('unreadable' in mail) throw new Error(mail.unreadable);
  return mail;
};

test('a plain mail is read whole', async () => {
  expect(await parse(plain({ headers: ['Date: Sat, 10 Jan 2026 10:00:00 +0100'] }))).toMatchObject({
    from: [{ name: 'Ada', address: 'ada@customer.example' }],
    to: [{ name: '', address: 'support@shop.example' }],
    subject: 'Where is my parcel',
    date: Date.UTC(2026, 0, 10, 9),
    text: 'Hello, where is my parcel?\n',
    parts: [],
    cut: false,
  });
});

test('legacy charsets become Unicode', async () => {
  expect((await parse(chinese())).text.trim()).toBe('你好');
});

test('HTML alone gives text as well', async () => {
  const mail = await parse(multipart('multipart/alternative', [['Content-Type: text/html', '', '<p>Hi<br>there</p>']]));
  expect(mail.text).toBe('Hi\nthere');
});

test.each(hostile.map((one) => [one.name, one] as const))('%s', async (_name, one) => {
  const start = Date.now();
  const mail = await pool.parse(Buffer.from(one.raw));
  expect('unreadable' in mail ? 'refused' : 'accepted').toBe(one.expected);
  expect(Date.now() - start).toBeLessThan(5_000);
});

test.each(mutatedMarkup)('nothing that runs, calls home or restyles is left of %s', async (markup) => {
  const raw = multipart('multipart/alternative', [
    ['Content-Type: text/html; charset=utf-8', '', '<p>Real words</p>', markup],
  ]);
  const { html } = await parse(raw);
  expect(html).toContain('Real words');
  const forbidden =
    /<(?:script|style|svg|math|iframe|object|form|base)|\son\w+\s*=|javascript:|data:|style=|src="?http/i;
  // Tags only: the same words as text are harmless.
  expect((html.match(/<[^>]*>/g) ?? []).join('\n')).not.toMatch(forbidden);
});

test('a mail that takes too long costs its worker, the next one is read', async () => {
  const hasty = createParserPool({ size: 1, timeoutMs: 1, idleMs: 1_000, maxQueue: 10 });
  const late = await hasty.parse(Buffer.from(plain()));
  expect(late).toEqual({ unreadable: 'the mail takes too long to read' });
  await hasty.stop();
  expect((await parse(plain())).subject).toBe('Where is my parcel');
});

test('a full queue asks to come again', async () => {
  const small = createParserPool({ size: 1, timeoutMs: 5_000, idleMs: 1_000, maxQueue: 1 });
  const first = small.parse(Buffer.from(plain()));
  const second = small.parse(Buffer.from(plain()));
  await expect(small.parse(Buffer.from(plain()))).rejects.toMatchObject({ transient: true });
  await Promise.all([first, second]);
  await small.stop();
});

test('a large mail keeps the other thread free', async () => {
  const attachment = Buffer.alloc(15_000_000, 65).toString('base64').replace(/.{76}/g, '$&\r\n');
  const raw = multipart('multipart/mixed', [
    ['Content-Type: text/plain', '', 'big'],
    ['Content-Type: application/pdf; name="a.pdf"', 'Content-Transfer-Encoding: base64', '', attachment],
  ]);
  const mail = await parse(raw);
  expect(mail.parts[0]!.content.length).toBe(15_000_000);
});
