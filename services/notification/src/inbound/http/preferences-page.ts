import { httpProblem } from '@throughline/web';
import type { Request, RequestHandler } from 'express';
import type { Book, OptOut } from '../../domain/book/book';
import type { Delivery } from '../../domain/delivery/delivery';
import type { BookStore } from '../../use-cases/ports';
import type { Choice } from './page';
import { page, pageHeaders } from './page';
import type { DoorDeps } from './unsubscribe';
import { deliveryOf } from './unsubscribe';
import type { DoorWords } from './words';
import { doorWords, languages } from './words';

export interface PreferencesDeps extends DoorDeps {
  books: BookStore;
  now(): number;
}

const PAUSE_MS = 30 * 86_400_000;
const SOURCE = 'preferences_page';

const timeOf = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

const linesOf = (words: DoorWords, book: Book, now: number): string[] => [
  book.pausedUntil > now ? words.paused(new Date(book.pausedUntil).toISOString().slice(0, 10)) : words.notPaused,
  book.optOuts.length === 0
    ? words.outOfNothing
    : words.outOf(book.optOuts.map(({ topic, channel }) => words.about(topic, channel)).join('; ')),
  ...(book.quiet ? [words.quietNow(timeOf(book.quiet.starts), timeOf(book.quiet.ends))] : []),
];

const againOf = ({ topic, channel }: Pick<OptOut, 'topic' | 'channel'>): string => `again ${topic} ${channel}`;

/** Everything at once is taken back by a consent alone: whoever holds an old mail shall not undo it. */
const undoable = ({ topic }: OptOut): boolean => topic !== '';

const choicesOf = (words: DoorWords, { topic, channel }: Delivery, book: Book, language: string): Choice[] => {
  const choice = (value: string, label: string): Choice => ({ name: 'choice', value, label });
  const quiet = book.quiet ?? { starts: 21 * 60, ends: 8 * 60 };
  return [
    ...(topic
      ? [choice('topic', words.noTopic(topic, channel)), choice('topic everywhere', words.noTopic(topic, ''))]
      : []),
    choice('all', words.none),
    ...book.optOuts
      .filter(undoable)
      .map((out) => choice(againOf(out), words.again(words.about(out.topic, out.channel)))),
    choice('pause', words.pause),
    choice('resume', words.resume),
    {
      ...choice('quiet', words.quiet),
      fields: [
        { name: 'starts', label: words.quietFrom, value: timeOf(quiet.starts) },
        { name: 'ends', label: words.quietTo, value: timeOf(quiet.ends) },
      ],
    },
    ...(book.quiet ? [choice('no quiet', words.noQuiet)] : []),
    ...Object.entries(languages)
      .filter(([tag]) => tag !== language)
      .map(([tag, name]) => ({ ...choice(`language ${tag}`, name), lang: tag })),
  ];
};

const formOf = (request: Request): URLSearchParams =>
  new URLSearchParams(Buffer.isBuffer(request.body) ? request.body.toString('utf8') : '');

const minutesOf = (form: URLSearchParams, field: string): number => {
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(form.get(field) ?? '') ?? [];
  if (hours === undefined) throw httpProblem(400, 'INVALID_ARGUMENT', `${field}: must be a time of the day, HH:MM`);
  return Number(hours) * 60 + Number(minutes);
};

/** The book after a choice, and the choice in words; undefined for a choice that changes nothing. */
const chosen = (book: Book, form: URLSearchParams, now: number): { book: Book; summary: string } | undefined => {
  const choice = form.get('choice') ?? '';
  switch (choice) {
    case 'pause':
      return { book: { ...book, pausedUntil: now + PAUSE_MS }, summary: 'paused for 30 days' };
    case 'resume':
      return { book: { ...book, pausedUntil: 0 }, summary: 'pause ended' };
    case 'no quiet':
      return { book: { ...book, quiet: undefined }, summary: 'no quiet hours of their own' };
    case 'quiet': {
      const quiet = { starts: minutesOf(form, 'starts'), ends: minutesOf(form, 'ends') };
      if (quiet.starts === quiet.ends) throw httpProblem(400, 'QUIET_HOURS_EMPTY', 'ends: must differ from starts');
      return { book: { ...book, quiet }, summary: `quiet from ${timeOf(quiet.starts)} to ${timeOf(quiet.ends)}` };
    }
  }
  const language = /^language ([a-z]{2})$/.exec(choice)?.[1] ?? '';
  if (language in languages) return { book: { ...book, language }, summary: `language ${language}` };
  const again = book.optOuts.find((out) => undoable(out) && againOf(out) === choice);
  if (!again) return undefined;
  const summary = `${again.topic} by ${again.channel || 'any channel'} allowed again`;
  return { book: { ...book, optOuts: book.optOuts.filter((out) => out !== again) }, summary };
};

/** GET and POST /p/{token}: what a customer gets, and how to get less, or in other words. Looking changes nothing. */
export const preferencesPage =
  (deps: PreferencesDeps): RequestHandler =>
  async (request, response) => {
    const { tenantId, delivery } = await deliveryOf(deps, 'p', request);
    const { customerId, point, channel, topic, content } = delivery;
    if (request.method === 'POST') {
      const form = formOf(request);
      const choice = form.get('choice');
      const out = { tenantId, customerId, point, source: SOURCE };
      if (choice === 'all') await deps.optOut({ ...out, channel, topic: '' });
      else if (choice === 'topic' && topic) await deps.optOut({ ...out, channel, topic });
      else if (choice === 'topic everywhere' && topic) await deps.optOut({ ...out, channel: '', topic });
      else {
        const at = deps.now();
        await deps.books.change(tenantId, customerId, (before) => {
          const next = chosen(before, form, at);
          if (!next) return undefined;
          const { book, summary } = next;
          return { book, told: [{ type: 'preferencesChanged', customerId, point, at, summary, source: SOURCE }] };
        });
      }
    }
    const book = await deps.books.load(tenantId, customerId);
    const { language, words } = doorWords(book.language || content.language);
    const choices = choicesOf(words, delivery, book, language);
    response
      .status(200)
      .set(pageHeaders)
      .send(page(language, words.title, linesOf(words, book, deps.now()), choices));
  };
