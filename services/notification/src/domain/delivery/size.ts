import type { Channel } from '../book/book';

const most: Partial<Record<Channel, number>> = {
  // What providers take, less the line that says how to get no more of them and what stands around spoken words.
  sms: 1_500,
  voice: 3_000,
};

/** How many characters the text of one message may have. */
export const mostText = (channel: Channel): number => most[channel] ?? 50_000;

/** Between two messages that go out as one. */
export const SEPARATOR = '\n\n----\n\n';

/** One message as it stands among others. */
export const partOf = ({ subject, text }: { subject: string; text: string }): string =>
  [subject, text].filter(Boolean).join('\n');

/** How much of a text one message among others takes. */
export const sizeOf = (words: { subject: string; text: string }): number => partOf(words).length + SEPARATOR.length;
