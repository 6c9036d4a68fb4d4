import { hash16, Refusal } from '@throughline/core';
import type { feedbackV1 } from '@throughline/proto';
import type { Call, Handlers } from '@throughline/rpc';
import type { AnswerDeps } from '../../use-cases/answer';
import type { AskDeps } from '../../use-cases/ask';
import type { Asked, Cells, Records } from '../../use-cases/ports';
import { DEFAULT_SIZE, readPlace, writePlace } from './paging';

/** What the calls of this service share. */
export interface Deps extends AskDeps, AnswerDeps {
  cells: Cells;
  /** How long a solved contact waits for another one about the same. */
  windowMs: number;
  newId(): string;
}

type AllHandlers = Handlers<typeof feedbackV1.FeedbackServiceService>;
/** One call of the service, to be bound to what it needs. */
export type Rpc<M extends keyof AllHandlers> = (deps: Deps) => AllHandlers[M];

export const notFound = (what: string, id: string): Refusal =>
  new Refusal('not_found', `${what}_NOT_FOUND`, `there is no ${what.toLowerCase().replaceAll('_', ' ')} ${id}`);

/** The idempotency key of a command, from the request or from the call, with a hash of everything else in it. */
export const askedOf = (method: string, request: { requestId: string }, call: Call): Asked | undefined => {
  const { requestId, ...body } = request;
  const id = requestId || call.requestId;
  const text = JSON.stringify(body, (_, value) => (typeof value === 'bigint' ? String(value) : value));
  return id ? { id: `${method}/${id}`, fingerprint: hash16(method, text).toString('hex') } : undefined;
};

/** Who agrees: whoever calls, as their signed token says. Naming somebody else is refused. */
export const approverOf = (approverId: string, { caller }: Call): string => {
  if (approverId !== '' && approverId !== caller.subject) {
    const message = `approver_id: must be empty or ${caller.subject}, who calls; nobody agrees in another's name`;
    throw new Refusal('denied', 'APPROVER_NOT_CALLER', message);
  }
  return caller.subject;
};

/** An own id, or the one that follows from the request, so that a repetition makes the same thing; a new one otherwise. */
export const idOf = (deps: Pick<Deps, 'newId'>, given: string, asked: Asked | undefined): string =>
  given || (asked ? hash16('id', asked.id).toString('hex') : deps.newId());

/** A page of records, the newest first. */
export const listed = async <S extends { id: string }>(
  records: Pick<Records<S, never>, 'list'>,
  tenantId: string,
  where: Record<string, string | boolean>,
  request: { pageSize: number; pageToken: string },
  orderOf: (item: S) => number,
): Promise<{ items: S[]; nextPageToken: string }> => {
  const after = readPlace(request.pageToken);
  const limit = request.pageSize || DEFAULT_SIZE;
  const { items, more } = await records.list({ tenantId, where, after, limit });
  const last = items.at(-1);
  return { items, nextPageToken: more && last ? writePlace({ at: orderOf(last), id: last.id }) : '' };
};
