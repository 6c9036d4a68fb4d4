import { newDelivery } from '../../src/domain/delivery/delivery';
import { htmlWithFooter, textWithFooter } from '../../src/domain/delivery/footer';
import type { MessageClass } from '../../src/domain/policy/policy';

const url = 'https://notify.example.org/p/a&b';
const delivery = (messageClass: MessageClass, html: string, language = 'en') =>
  newDelivery({
    id: 'ntf_1',
    fingerprint: '',
    customerId: 'ada',
    point: 'email:ada@example.org',
    channel: 'email',
    messageClass,
    topic: 'offers',
    department: '',
    kind: '',
    aboutId: '',
    conversationId: '',
    issueId: '',
    createdAt: 0,
    zones: [],
    content: { templateId: '', templateVersion: 0, language, subject: 'Sale', text: 'Buy one.', html },
  });
const link = 'Unsubscribe or choose: <a href="https://notify.example.org/p/a&#38;b">';

it.each<[string, MessageClass, string, string, string]>([
  ['inside the body', 'promotional', '<body><b>Sale</b></body></html>', url, `<b>Sale</b><hr><p>`],
  ['at the end without one', 'promotional', '<b>Sale</b>', url, `<b>Sale</b><hr><p>`],
])('a promotion in HTML says how to get no more, %s', (_, messageClass, html, to, expected) => {
  const shown = htmlWithFooter(delivery(messageClass, html), to);
  expect(shown).toContain(expected);
  expect(shown).toContain(link);
  expect(shown.endsWith(html.includes('</html>') ? '</body></html>' : '</p>')).toBe(true);
  expect(textWithFooter(delivery(messageClass, html), to)).toContain(url);
});

it.each<[string, MessageClass, string, string]>([
  ['a service message', 'service', '<b>News</b>', url],
  ['words without HTML', 'promotional', '', url],
])('%s gets none', (_, messageClass, html, to) => {
  expect(htmlWithFooter(delivery(messageClass, html), to)).toBe(html);
});

it('a promotion by mail says where its sender can be written to, escaped, in lines', () => {
  const postalAddress = 'Acme <Ltd>\n1 Main Street\nSpringfield';
  const offer = { ...delivery('promotional', '<p>Sale</p>'), postalAddress };
  expect(htmlWithFooter(offer, url)).toMatch(/<p>Acme &#60;Ltd&#62;<br>1 Main Street<br>Springfield<\/p>$/);
  expect(htmlWithFooter(offer, '')).toContain('Springfield');
  expect(textWithFooter(offer, url).endsWith(`\n\n${postalAddress}`)).toBe(true);
  expect(textWithFooter({ ...offer, messageClass: 'service' }, url)).toBe('Buy one.');
  expect(textWithFooter({ ...offer, channel: 'sms' }, url)).toBe('Buy one. Reply STOP to opt out.');
});

it('speaks the language of the message', () => {
  expect(htmlWithFooter(delivery('promotional', '<p>Angebot</p>', 'de-AT'), url)).toContain('Abmelden oder auswählen');
});
