import type { Delivery } from './delivery';

const words: Record<string, { link: (url: string) => string; stop: string }> = {
  en: {
    link: (url) => `You get this because you agreed to it. Unsubscribe or choose: ${url}`,
    stop: 'Reply STOP to opt out.',
  },
  de: {
    link: (url) => `Sie erhalten dies, weil Sie zugestimmt haben. Abmelden oder auswählen: ${url}`,
    stop: 'Abmelden: Antwort STOP.',
  },
  zh: { link: (url) => `您收到此消息是因为您曾同意接收。退订或设置：${url}`, stop: '拒收请回复T' },
};

/** The text as it goes out: every promotional message says how to get no more of them, and a mail who sent it from where. */
export const textWithFooter = (delivery: Delivery, preferencesUrl: string): string => {
  const { content, channel, messageClass, postalAddress } = delivery;
  if (messageClass !== 'promotional') return content.text;
  const { link, stop } = words[content.language.split('-')[0]!.toLowerCase()] ?? words['en']!;
  if (channel === 'sms') return `${content.text} ${stop}`;
  const foot = [...(preferencesUrl ? [link(preferencesUrl)] : []), ...(postalAddress ? [postalAddress] : [])];
  return foot.length > 0 ? `${content.text}\n\n-- \n${foot.join('\n\n')}` : content.text;
};

const escape = (text: string): string => text.replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);

/** The same for mail programs that show HTML. */
export const htmlWithFooter = (delivery: Delivery, preferencesUrl: string): string => {
  const { content, messageClass, postalAddress } = delivery;
  if (content.html === '' || messageClass !== 'promotional') return content.html;
  const { link } = words[content.language.split('-')[0]!.toLowerCase()] ?? words['en']!;
  const lines = [
    ...(preferencesUrl ? [link(`<a href="${escape(preferencesUrl)}">${escape(preferencesUrl)}</a>`)] : []),
    ...(postalAddress ? [escape(postalAddress).replaceAll('\n', '<br>')] : []),
  ];
  if (lines.length === 0) return content.html;
  const foot = `<hr>${lines.map((line) => `<p>${line}</p>`).join('')}`;
  const end = /<\/body\s*>/i.exec(content.html)?.index ?? content.html.length;
  return content.html.slice(0, end) + foot + content.html.slice(end);
};
