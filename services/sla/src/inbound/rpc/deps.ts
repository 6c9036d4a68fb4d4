import { hash16, Refusal } from '@throughline/core';
import type { slaV1 } from '@throughline/proto';
import type { Call, Handlers } from '@throughline/rpc';
import type { Openings } from '../../domain/calendar/openings';
import { intersect } from '../../domain/calendar/openings';
import type { Clock, Docket } from '../../domain/clock/clock';
import { conversationOfClock } from '../../domain/clock/clock';
import { usedAt } from '../../domain/clock/decide';
import type { Commitment } from '../../domain/promise/promise';
import { withRules } from '../../use-cases/decide-again';
import type { SettingsDeps } from '../../use-cases/keep-settings';
import type { Asked, CalendarContent, DocketStore, Kept, PromiseStore, RuleBook } from '../../use-cases/ports';
import { wireClock } from '../../wire/clock';
import { wirePromise } from '../../wire/promise';

/** What the calls of this service share. */
export interface Deps extends SettingsDeps {
  dockets: DocketStore;
  promises: PromiseStore;
  newId(): string;
  openingsOf(kept: Kept<CalendarContent>): Openings;
}

type AllHandlers = Handlers<typeof slaV1.SlaServiceService>;
/** One call of the service, to be bound to what it needs. */
export type Rpc<M extends keyof AllHandlers> = (deps: Deps) => AllHandlers[M];

export const notFound = (what: string, id: string): Refusal =>
  new Refusal('not_found', `${what}_NOT_FOUND`, `there is no ${what.toLowerCase()} ${id}`);

/** The idempotency key of a command, from the request or from the call, with a hash of everything else in it. */
export const askedOf = (method: string, request: { requestId: string }, call: Call): Asked | undefined => {
  const { requestId, ...body } = request;
  const id = requestId || call.requestId;
  const text = JSON.stringify(body, (_, value) => (typeof value === 'bigint' ? String(value) : value));
  return id ? { id: `${method}/${id}`, fingerprint: hash16(method, text).toString('hex') } : undefined;
};

/** An own id, or the one that follows from the request, so that a repetition makes the same thing; a new one otherwise. */
export const idOf = (deps: Deps, given: string, asked: Asked | undefined): string =>
  given || (asked ? hash16('id', asked.id).toString('hex') : deps.newId());

/** Does something with the rules of a tenant. */
export const ruled = <T>(deps: Deps, tenantId: string, work: (rules: RuleBook) => T): Promise<T> =>
  withRules(deps.books, [tenantId], async (rules) => work(rules(tenantId)));

export interface FoundClock {
  docket: Docket;
  clock: Clock;
}

/** A clock and its docket; refuses when the tenant has none of that id. */
export const findClock = async ({ dockets }: Deps, tenantId: string, clockId: string): Promise<FoundClock> => {
  const conversationId = conversationOfClock(clockId);
  const docket = conversationId === undefined ? undefined : await dockets.load({ tenantId, id: conversationId });
  const clock = docket?.clocks.find(({ id }) => id === clockId);
  if (!docket || !clock) throw notFound('CLOCK', clockId);
  return { docket, clock };
};

/** A clock as it stands now. */
export const shown = (deps: Deps, { docket, clock }: FoundClock, rules: RuleBook, withLedger = true): slaV1.Clock => {
  const usedMs = usedAt(clock, Math.max(deps.now(), clock.runningSince ?? 0), rules);
  return wireClock(clock, { conversationId: docket.id, channel: docket.facts.channel, usedMs }, withLedger);
};

export const findCalendar = async (deps: Deps, tenantId: string, id: string, version = 0) => {
  const found = await deps.calendars.get(tenantId, id, version);
  if (!found || (version === 0 && found.archived)) throw notFound('CALENDAR', id);
  return found;
};

/** Open times of a calendar, only where the others are open too. */
export const openTogether = async (deps: Deps, tenantId: string, id: string, also: string[]): Promise<Openings> => {
  const all = await Promise.all([id, ...also].map((one) => findCalendar(deps, tenantId, one)));
  return all.map(deps.openingsOf).reduce(intersect);
};

export const promised = (promise: Commitment): { promise: slaV1.CustomerPromise } => ({
  promise: wirePromise(promise),
});
