import type { Content, Delivery } from './delivery';

const headings: Record<string, (n: number) => string> = {
  en: (n) => `${n} messages for you`,
  de: (n) => `${n} Nachrichten für Sie`,
  zh: (n) => `给您的${n}条消息`,
};

const MOST_TEXT = 50_000;

/** Several messages as one, the oldest first. */
export const digestOf = (deliveries: Delivery[]): Content => {
  const ordered = [...deliveries].sort((a, b) => a.createdAt - b.createdAt);
  const language = ordered[0]!.content.language;
  const heading = headings[language.split('-')[0]!.toLowerCase()] ?? headings['en']!;
  const parts = ordered.map(({ content }) => [content.subject, content.text].filter(Boolean).join('\n'));
  return {
    templateId: '',
    templateVersion: 0,
    language,
    subject: heading(ordered.length),
    text: parts.join('\n\n----\n\n').slice(0, MOST_TEXT),
    html: '',
  };
};
