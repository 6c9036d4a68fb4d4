import type { Intent } from '../delivery/delivery';

/** What everybody is told, still without an address. */
export type Message = Pick<
  Intent,
  | 'messageClass'
  | 'topic'
  | 'department'
  | 'kind'
  | 'aboutId'
  | 'conversationId'
  | 'issueId'
  | 'expiresAt'
  | 'confidential'
> & {
  channel: Intent['channel'] | '';
  wording:
    | { kind: 'plain'; subject: string; text: string; html?: string }
    | { kind: 'template'; templateId: string; version: number; language: string; values: Record<string, string> };
};

/**
 * A message to a set of people. It walks through them page by page; started again, it walks from the beginning, and whoever
 * was told is not told again: a delivery's id follows from the telling and the customer.
 */
export interface Telling {
  id: string;
  audience: string;
  message: Message;
  state: 'running' | 'done' | 'superseded';
  /** Rises with each start: a walker of an earlier one stops. */
  run: number;
  /** Address after which the next page begins. */
  after: string;
  recipients: number;
  startedAt: number;
  finishedAt?: number | undefined;
  dueAt?: number | undefined;
}

/** The telling from its beginning. */
export const startTelling = (
  before: Telling | undefined,
  fresh: Pick<Telling, 'id' | 'audience' | 'message'>,
  now: number,
): Telling => ({
  ...fresh,
  // What is told stays what it was: half of them must not hear other words.
  message: before?.message ?? fresh.message,
  state: 'running',
  run: (before?.run ?? 0) + 1,
  after: '',
  recipients: 0,
  startedAt: before?.startedAt ?? now,
  dueAt: now,
});

/** The telling after a page; undefined when somebody else is further or began anew. */
export const turnPage = (
  telling: Telling,
  page: { run: number; after: string; last: string; told: number; end: boolean },
  now: number,
): Telling | undefined => {
  if (telling.state !== 'running' || telling.run !== page.run || telling.after !== page.after) return undefined;
  const recipients = telling.recipients + page.told;
  return page.end
    ? { ...telling, state: 'done', recipients, after: page.last, finishedAt: now, dueAt: undefined }
    : { ...telling, recipients, after: page.last, dueAt: now };
};

/** The telling given up for a newer one; the same when it is over. */
export const supersede = (telling: Telling, now: number): Telling =>
  telling.state === 'running' ? { ...telling, state: 'superseded', finishedAt: now, dueAt: undefined } : telling;
