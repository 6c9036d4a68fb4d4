import { randomUUID } from 'node:crypto';
import { linkFits, readLink, writeLink } from '../../src/domain/link/token';
import { surveyMessage } from '../../src/domain/page/mail';
import { formPage, messagePage } from '../../src/domain/page/page';
import { channelQuestion, invitationOfQuestion } from '../../src/domain/page/question';
import { content, question } from './fixtures';

const key = { kid: 1, secret: 'a'.repeat(32) };
const target = { tenantId: 't1', surveyId: 'after', conversationId: 'c1' };
const id = randomUUID();
const token = writeLink(key, id, target, 1_800_000_000_000);

describe('a question that a channel asks by itself', () => {
  const ask = (kind: 'csat' | 'csat_10' | 'nps' | 'text', language: string, spoken: boolean) =>
    channelQuestion(
      'i1',
      [question('q', kind, { texts: kind === 'text' ? { en: 'Why?' } : {} })],
      language,
      'Acme',
      spoken,
    );

  test.each([
    ['csat', 'en', 'Please press a key from 1, very dissatisfied, to 5, very satisfied.', 1, 5],
    ['nps', 'en', 'to 10, extremely likely, and then the hash key.', 0, 10],
    ['csat', 'zh', '1表示非常不满意，5表示非常满意', 1, 5],
    ['csat_10', 'en', 'from 1, very dissatisfied, to 10, very satisfied, and then the hash key.', 1, 10],
    ['csat_10', 'zh', '并以井号键结束：1表示非常不满意，10表示非常满意', 1, 10],
  ] as const)('%s in %s says which keys mean what', (kind, language, words, lowest, highest) => {
    const asked = ask(kind, language, true)!;
    expect(asked.text).toContain(words);
    expect(asked).toMatchObject({ lowest, highest });
    expect(invitationOfQuestion(asked.questionId)).toBe('i1');
  });

  test('shown, it is the question alone; without a scale there is none', () => {
    expect(ask('csat', 'en', false)!.text).toBe('How satisfied were you with this interaction?');
    expect(ask('text', 'en', false)).toBeUndefined();
    expect(invitationOfQuestion('other')).toBeUndefined();
  });
});

describe('links', () => {
  test('open to what they were made of, and say nothing to readers', () => {
    const opened = readLink([key], token)!;
    expect(opened).toMatchObject({ invitationId: id, expiresAt: 1_800_000_000_000 });
    expect(linkFits(opened, target)).toBe(true);
    expect(Buffer.from(token, 'base64url').toString('latin1')).not.toContain('t1');
  });

  test('every bit that is flipped closes them', () => {
    const bytes = Buffer.from(token, 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const broken = Buffer.from(bytes);
      broken[bit >> 3]! ^= 1 << (bit & 7);
      expect(readLink([key], broken.toString('base64url'))).toBeUndefined();
    }
  });

  test('every character that is changed closes them, the spare bits of the last one too', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    for (let at = 0; at < token.length; at++) {
      for (const other of at === token.length - 1 ? alphabet : 'Aa0_') {
        if (other === token[at]) continue;
        expect(readLink([key], token.slice(0, at) + other + token.slice(at + 1))).toBeUndefined();
      }
    }
  });

  test.each([
    ['cut', token.slice(0, -1)],
    ['longer', `${token}A`],
    ['padded', `${token}=`],
    ['empty', ''],
    ['of another key', writeLink({ kid: 1, secret: 'b'.repeat(32) }, id, target, 1_800_000_000_000)],
    ['of a key we do not have', writeLink({ kid: 2, secret: key.secret }, id, target, 1_800_000_000_000)],
  ])('%s: closed', (_, text) => {
    expect(readLink([key], text)).toBeUndefined();
  });

  test.each([
    ['another tenant', { ...target, tenantId: 't2' }],
    ['another survey', { ...target, surveyId: 'other' }],
    ['another conversation', { ...target, conversationId: 'c2' }],
  ])('they do not fit %s', (_, other) => {
    expect(linkFits(readLink([key], token)!, other)).toBe(false);
  });

  test('an old key opens what it signed while new links are signed by the next', () => {
    expect(readLink([{ kid: 2, secret: 'c'.repeat(32) }, key], token)?.invitationId).toBe(id);
  });
});

describe('the page', () => {
  const { questions, company } = content();
  const view = { language: 'en', company, questions, recorded: false, closesAt: Date.UTC(2026, 1, 1) };
  const hostile = '"><script>alert(1)</script><img src=x onerror=alert(1)>';

  test('names its language, its questions and each value, and has no script', () => {
    const page = formPage(view);
    expect(page).toContain('<html lang="en">');
    expect(page).toContain('<legend>How satisfied were you with this interaction?');
    expect(page.match(/type="radio" name="q.csat"/g)).toHaveLength(5);
    expect(page).toContain('<label class="over" for="comment">');
    expect(page).not.toContain('<script');
    const ten = formPage({ ...view, questions: [question('csat', 'csat_10')] });
    expect(ten.match(/type="radio" name="q.csat" value="(\d+)"/g)).toHaveLength(10);
    expect(ten).toContain('10 = very satisfied');
    expect(formPage({ ...view, language: 'zh-CN' })).toContain('<html lang="zh">');
  });

  test('what a customer wrote stays text, in the form and in problems', () => {
    const given = { numbers: { csat: 1 }, words: { why: hostile }, comment: `</textarea>${hostile}`, mayContact: true };
    const page = formPage({ ...view, given, recorded: true, problem: hostile });
    expect(page).not.toContain('<script>alert');
    expect(page).not.toContain('<img');
    expect(page).toContain('&lt;/textarea&gt;');
    expect(page).toContain('value="1" checked');
  });

  test.each(['invalid', 'closed', 'tooLarge'] as const)('says clearly: %s', (kind) => {
    expect(messagePage(kind, 'en')).toMatch(/Nothing was recorded/);
    expect(messagePage(kind, 'zh')).toContain('lang="zh"');
  });

  test('the mail carries the question and links that choose a value', () => {
    const mail = surveyMessage(questions, 'en', company, 'https://x.example/s/abc');
    expect(mail.text).toContain('How satisfied were you');
    expect(mail.html.match(/\?v=/g)).toHaveLength(5);
    const ten = surveyMessage([question('csat', 'csat_10')], 'en', company, 'https://x.example/s/abc');
    expect(ten.html.match(/\?v=\d+/g)).toEqual(Array.from({ length: 10 }, (_, i) => `?v=${i + 1}`));
    expect(ten.text).toContain('10 = very satisfied');
    expect(surveyMessage(questions, 'zh', company, 'https://x.example/s/abc').subject).toBe('我们做得怎么样？');
  });
});
