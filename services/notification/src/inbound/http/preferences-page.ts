import type { Request, RequestHandler } from 'express';
import type { Book } from '../../domain/book/book';
import type { Delivery } from '../../domain/delivery/delivery';
import type { BookStore } from '../../use-cases/ports';
import { page, pageHeaders } from './page';
import type { DoorDeps } from './unsubscribe';
import { deliveryOf } from './unsubscribe';

export interface PreferencesDeps extends DoorDeps {
  books: BookStore;
  now(): number;
}

const PAUSE_MS = 30 * 86_400_000;

const linesOf = (book: Book, now: number): string[] => [
  book.pausedUntil > now ? `Paused until ${new Date(book.pausedUntil).toISOString().slice(0, 10)}.` : 'Not paused.',
  book.optOuts.length === 0
    ? 'You opted out of nothing.'
    : `You opted out of: ${book.optOuts.map(({ topic, channel }) => `${topic || 'every topic'} by ${channel || 'any channel'}`).join('; ')}.`,
];

const choicesOf = ({ topic }: Delivery) => [
  ...(topic ? [{ name: 'choice', value: 'topic', label: `Nothing more about ${topic}` }] : []),
  { name: 'choice', value: 'all', label: 'No promotional messages at all' },
  { name: 'choice', value: 'pause', label: 'Pause for 30 days' },
  { name: 'choice', value: 'resume', label: 'End the pause' },
];

const choiceOf = (request: Request): string =>
  Buffer.isBuffer(request.body) ? (new URLSearchParams(request.body.toString('utf8')).get('choice') ?? '') : '';

/** GET and POST /p/{token}: what a customer gets, and how to get less. Looking changes nothing. */
export const preferencesPage =
  (deps: PreferencesDeps): RequestHandler =>
  async (request, response) => {
    const { tenantId, delivery } = await deliveryOf(deps, 'p', request);
    const { customerId, point, channel, topic, content } = delivery;
    const choice = request.method === 'POST' ? choiceOf(request) : '';
    const source = 'preferences_page';
    if (choice === 'all') await deps.optOut({ tenantId, customerId, point, channel, topic: '', source });
    if (choice === 'topic' && topic) await deps.optOut({ tenantId, customerId, point, channel, topic, source });
    if (choice === 'pause' || choice === 'resume') {
      const at = deps.now();
      const pausedUntil = choice === 'pause' ? at + PAUSE_MS : 0;
      const summary = choice === 'pause' ? 'paused for 30 days' : 'pause ended';
      await deps.books.change(tenantId, customerId, (book) => ({
        book: { ...book, pausedUntil },
        told: [{ type: 'preferencesChanged', customerId, point, at, summary, source }],
      }));
    }
    const book = await deps.books.load(tenantId, customerId);
    const html = page(content.language, 'Your messages', linesOf(book, deps.now()), choicesOf(delivery));
    response.status(200).set(pageHeaders).send(html);
  };
