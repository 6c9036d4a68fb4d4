import { builtInTemplates } from '../../src/domain/template/built-in';
import type { Template } from '../../src/domain/template/template';
import { checkTexts, checkValues, checkWords, textFor } from '../../src/domain/template/template';
import { createRenderer } from '../../src/outbound/renderer';

const template = (change: Partial<Template> = {}): Template => ({
  id: 'hello',
  version: 1,
  name: 'Hello',
  variables: ['name'],
  texts: [
    { language: 'en', channel: '', subject: 'Hello {{ name }}', text: 'Dear {{ name }}', html: '<p>{{ name }}</p>' },
    { language: 'de-AT', channel: 'sms', subject: '', text: 'Servus {{ name }}', html: '' },
  ],
  createdAt: 0,
  updatedAt: 0,
  ...change,
});
const renderer = createRenderer();
const reasonOf = (work: () => unknown): string => {
  try {
    work();
    return '';
  } catch (error) {
    return (error as { reason?: string }).reason ?? String(error);
  }
};

describe('words', () => {
  it('are found by language and channel, a region falls back to its language and to no other', () => {
    expect(textFor(template(), 'EN-gb', 'sms').text).toBe('Dear {{ name }}');
    expect(textFor(template(), 'de-at', 'sms').text).toBe('Servus {{ name }}');
    expect(reasonOf(() => textFor(template(), 'de-AT', 'email'))).toBe('TEMPLATE_LANGUAGE_MISSING');
    expect(reasonOf(() => textFor(template(), 'fr', 'email'))).toBe('TEMPLATE_LANGUAGE_MISSING');
  });

  it('are filled in, and only the HTML is escaped', () => {
    const words = renderer.render(template().texts[0]!, { name: '<b>Ada & co</b>' });
    expect(words).toEqual({
      subject: 'Hello <b>Ada & co</b>',
      text: 'Dear <b>Ada & co</b>',
      html: '<p>&lt;b&gt;Ada &amp; co&lt;/b&gt;</p>',
    });
  });

  it.each<[string, () => unknown]>([
    ['TEMPLATE_VARIABLE_MISSING', () => checkValues(template(), {})],
    ['TEMPLATE_VARIABLE_UNKNOWN', () => checkValues(template(), { name: 'Ada', age: '7' })],
    ['TEMPLATE_VARIABLE_UNKNOWN', () => renderer.check(template({ variables: [] }))],
    [
      'TEMPLATE_INVALID',
      () => renderer.check(template({ texts: [{ ...template().texts[0]!, text: '{% if name %}' }] })),
    ],
    [
      'TEMPLATE_INVALID',
      () => renderer.check(template({ texts: [{ ...template().texts[0]!, text: '{{ name | shout }}' }] })),
    ],
    [
      'TEMPLATE_INVALID',
      () => renderer.render({ subject: '', text: '{% for i in (1..100000000) %}x{% endfor %}', html: '' }, {}),
    ],
    ['TEMPLATE_INVALID', () => renderer.render({ subject: '', text: "{% include '/etc/passwd' %}", html: '' }, {})],
    ['TEMPLATE_TEXT_TWICE', () => checkTexts(template({ texts: [template().texts[0]!, template().texts[0]!] }))],
    ['HEADER_INJECTION', () => checkWords('email', 'Hello\r\nBcc: eve@example.org', 'x')],
    ['HEADER_INJECTION', () => checkWords('email', 'Hello\u2028Bcc: eve@example.org', 'x')],
    ['BODY_TOO_LARGE', () => checkWords('email', 'Hello', 'x'.repeat(50_001))],
    ['BODY_TOO_LARGE', () => checkWords('email', 'Hello', '你'.repeat(40_000), '好'.repeat(40_000))],
    ['BODY_TOO_LARGE', () => checkWords('email', 'Hello', '🙂'.repeat(25_000), `<p>${'x'.repeat(110_000)}</p>`)],
    // A provider would refuse it later, with a number.
    ['BODY_TOO_LARGE', () => checkWords('sms', '', 'x'.repeat(1_501))],
    ['BODY_TOO_LARGE', () => checkWords('voice', '', 'x'.repeat(3_001))],
    ['', () => checkWords('sms', '', 'x'.repeat(1_500))],
    ['BODY_EMPTY', () => checkWords('email', 'Hello', ' \n ')],
  ])('%s', (reason, work) => {
    expect(reasonOf(work)).toBe(reason);
  });

  it.each([
    ['en', 'identified', 'Payments: identified'],
    ['de', 'investigating', 'Payments: wir suchen die Ursache'],
    ['de', 'resolved', 'Payments: behoben'],
    ['zh', 'identified', 'Payments：已找到原因'],
    ['zh', 'monitoring', 'Payments：观察中'],
  ])('of an incident say how far we are in the language of the reader: %s, %s', (language, phase, subject) => {
    const text = textFor(builtInTemplates.get('incident-update')!, language, 'email');
    const values = { title: 'Payments', phase, message: 'x', next_update: '' };
    expect(renderer.render(text, values).subject).toBe(subject);
  });

  it('that are built in parse, and use what they declare', () => {
    for (const one of builtInTemplates.values()) {
      renderer.check(one);
      const values = Object.fromEntries(one.variables.map((name) => [name, name.toUpperCase()]));
      for (const text of one.texts)
        expect(renderer.render(text, values).text).toContain(one.variables[0]!.toUpperCase());
    }
  });
});
