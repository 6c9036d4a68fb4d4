import type { Json } from './rest';

const tty = process.stdout.isTTY;
const paint = (code: number) => (text: string) => (tty ? `\u001b[${code}m${text}\u001b[0m` : text);
export const bold = paint(1);
export const dim = paint(2);
export const green = paint(32);

/** One step of the story, as it happens. */
export function step(text: string): void {
  console.log(`${green('▸')} ${text}`);
}

export type Entry = {
  eventId: string;
  occurredAt: string;
  channel: string;
  kind: string;
  summary: string;
  conversationId: string;
  type: string;
  cursor: string;
  data?: Json;
};

/** A timeline as a table, oldest first. */
export function printTimeline(title: string, entries: Entry[]): void {
  console.log(`\n${bold(title)}`);
  for (const entry of entries) {
    const time = entry.occurredAt.slice(11, 23);
    console.log(
      `  ${dim(time)}  ${(entry.channel ?? '').padEnd(6)} ${(entry.kind ?? '').padEnd(9)} ${entry.summary ?? ''}`,
    );
  }
}
