import type { Channel } from '../domain/book/book';
import { optOut } from '../domain/book/wishes';
import type { BookStore, SuppressionStore } from './ports';

export interface OptOutDeps {
  books: BookStore;
  suppressions: SuppressionStore;
  now(): number;
}

/** Somebody wants no more promotional messages to an address. */
export interface OptOutRequest {
  tenantId: string;
  customerId: string;
  point: string;
  /** Empty: any. */
  channel: Channel | '';
  /** One topic alone; every one when empty. */
  topic: string;
  /** How it was said. */
  source: string;
}

/**
 * Takes an opt-out down. One of everything is about the address as well: whoever holds it later has not agreed to
 * anything. Said again it changes nothing.
 */
export const takeOptOut =
  (deps: OptOutDeps) =>
  async (request: OptOutRequest): Promise<void> => {
    const { tenantId, customerId, point, channel, topic, source } = request;
    if (topic === '') {
      const what = { point, customerId, reason: 'opt_out' as const, note: '', source };
      await deps.suppressions.add(tenantId, what);
    }
    const at = deps.now();
    await deps.books.change(tenantId, customerId, (book) => {
      const next = optOut(book, { topic, channel, at, source });
      if (next === book) return undefined;
      const summary = `no ${topic || 'promotional'} messages by ${channel || 'any channel'}`;
      return { book: next, told: [{ type: 'preferencesChanged', customerId, point, at, summary, source }] };
    });
  };
