import type { Content, Delivery } from './delivery';
import { partOf, SEPARATOR } from './size';

const headings: Record<string, (n: number) => string> = {
  en: (n) => `${n} messages for you`,
  de: (n) => `${n} Nachrichten für Sie`,
  zh: (n) => `给您的${n}条消息`,
};

/** Several messages as one, the oldest first, each whole. */
export const digestOf = (deliveries: Delivery[]): Content => {
  const ordered = [...deliveries].sort((a, b) => a.createdAt - b.createdAt);
  const language = ordered[0]!.content.language;
  const heading = headings[language.split('-')[0]!.toLowerCase()] ?? headings['en']!;
  return {
    templateId: '',
    templateVersion: 0,
    language,
    subject: heading(ordered.length),
    text: ordered.map(({ content }) => partOf(content)).join(SEPARATOR),
    html: '',
  };
};
