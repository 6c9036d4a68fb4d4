import { isThanks } from '../src/domain/thanks';

test.each([
  'Thanks!',
  'thank you so much',
  'Thank you very much for your help!',
  'Great, thanks a lot. Have a nice day!',
  'It works now. Thank you!\n\nAda',
  'Perfect, many thanks\n\n> It should be fixed now.\n> Bob',
  'Thanks\n-- \nAda Lovelace\n+44 20 7946 0000',
  'Vielen Dank für Ihre schnelle Hilfe!',
  'Alles klar, danke',
  'Merci beaucoup',
  '非常感谢！',
  '好的，谢谢您的帮助',
  '👍',
  '🙏🙏',
  'Thanks, that works! On Mon, 3 Feb Bob wrote:',
])('only says thank you: %j', (text) => {
  expect(isThanks(text.replace(' On Mon', '\nOn Mon'))).toBe(true);
});

test.each([
  '',
  'Thanks, but it still does not work',
  'Thank you. When will it arrive?',
  'Thanks, my new number is 12345',
  'Thanks for nothing',
  'Thank you, please also cancel my other order',
  'It is broken again',
  '谢谢，但是还是不行',
  '谢谢，什么时候发货？',
  'Danke, aber die Lampe ist leider noch kaputt',
  'no thanks needed, I want a refund',
  'ok so what now',
])('says more than that: %j', (text) => {
  expect(isThanks(text)).toBe(false);
});

test('a long text is never just thanks', () => {
  expect(isThanks(`thanks ${'a'.repeat(3000)}`)).toBe(false);
});

test('hostile text is answered at once', () => {
  const started = process.cpuUsage();
  for (const text of ['> '.repeat(1000), `on ${'a '.repeat(900)}`, 'thanks '.repeat(22), '!'.repeat(2000)])
    isThanks(text);
  expect(process.cpuUsage(started).user).toBeLessThan(500_000);
});
