import type { CalendarSpec } from '../domain/calendar/calendar';
import type { CalendarDraft } from '../domain/calendar/draft';
import type { Clock, ClockState, Docket, Metric, Pin } from '../domain/clock/clock';
import type { Folded } from '../domain/clock/fold';
import type { Policy, Rules } from '../domain/clock/policy';
import type { PolicyContent } from '../domain/clock/policy-draft';
import type { Committing } from '../domain/promise/commitment';
import type { Commitment, PromiseEvent, PromiseState } from '../domain/promise/promise';

/** A request that must have one effect. */
export interface Asked {
  id: string;
  fingerprint: string;
}

/** A conversation of a tenant. */
export interface DocketKey {
  tenantId: string;
  id: string;
}

export interface DocketQuery {
  tenantId: string;
  states: ClockState[];
  metrics: Metric[];
  policyId: string;
  dueBefore?: number | undefined;
}

/** What comes of a look at a docket from a moment on and before another one, as long as nothing else happens to it. */
export interface Expected {
  after: Folded;
  from: number;
  until: number;
}

export interface DocketStore {
  load(key: DocketKey): Promise<Docket | undefined>;
  /**
   * Decides about each and writes all in one command, again for those that had changed meanwhile; then publishes. `redelivered`
   * says that what asks for it comes again until it is through.
   */
  changeMany(
    keys: DocketKey[],
    decide: (key: DocketKey, current: Docket | undefined) => Folded | undefined,
    recordedAt: number,
    options?: { redelivered: boolean },
  ): Promise<void>;
  /** Reads dockets that will be decided about soon, as far as there is room, and keeps what is expected to come of it. */
  prepare(keys: DocketKey[], decide: (key: DocketKey, current: Docket) => Expected | undefined): Promise<void>;
  /** Writes what was prepared and holds at this moment; gives the dockets that have to be decided about after all. */
  changePrepared(keys: DocketKey[], recordedAt: number): Promise<DocketKey[]>;
  /** Clocks after a place, of dockets opened last first; a place is opening and id. What is listed may be a second behind. */
  list(
    query: DocketQuery,
    after: { openedAt: number; id: string } | undefined,
    limit: number,
  ): Promise<{ dockets: Docket[]; more: boolean }>;
  attainment(query: AttainmentQuery): Promise<AttainmentCount[]>;
  dueWithin(tenantId: string, until: number, limit: number): Promise<Docket[]>;
}

/** What attainment is grouped by. */
export type Dimension =
  | 'policyId'
  | 'metric'
  | 'channel'
  | 'team'
  | 'priority'
  | 'day'
  | 'topic'
  | 'language'
  | 'destination'
  | 'assigneeId'
  | 'attribute';

export interface AttainmentQuery {
  tenantId: string;
  /** Clocks that started from then on and before. */
  from: number;
  to: number;
  now: number;
  by: Dimension[];
  /** Whose values the dimension `attribute` is about. */
  attribute: string;
}

/** How clocks of one group stand. A group may come more than once; dimensions that were not asked for are not there. */
export interface AttainmentCount extends Partial<Record<Dimension, string>> {
  met: number;
  breached: number;
  open: number;
  cancelled: number;
}

export interface PromiseQuery {
  tenantId: string;
  conversationId: string;
  ownerId: string;
  teamId: string;
  states: PromiseState[];
  dueBefore?: number | undefined;
}

export interface PromiseStore {
  load(tenantId: string, id: string): Promise<Commitment | undefined>;
  /** Decides and writes; a repeated request gives the answer of the first one. Throws what `decide` refuses. */
  change(
    tenantId: string,
    id: string,
    decide: (current: Commitment | undefined) => PromiseEvent[],
    at: number,
    asked?: Asked,
  ): Promise<Commitment>;
  checkMany(keys: DocketKey[], now: number): Promise<void>;
  list(
    query: PromiseQuery,
    after: { dueAt: number; id: string } | undefined,
    limit: number,
  ): Promise<{ promises: Commitment[]; more: boolean }>;
  keptByTeam(tenantId: string, from: number, to: number): Promise<{ teamId: string; state: PromiseState; n: number }[]>;
}

export interface CalendarContent {
  name: string;
  /** As it was written, without the holidays of regions. */
  draft: CalendarDraft;
  regions: { country: string; state: string; region: string; makeUpWorkdays: boolean }[];
  /** As it was resolved; what clocks are measured with. */
  spec: CalendarSpec;
}

/** Something an administrator keeps, in one of its versions. */
export interface Kept<C> {
  id: string;
  version: number;
  latest: number;
  content: C;
  createdAt: number;
  updatedAt: number;
  archived: boolean;
}

export interface VersionedStore<C> {
  get(tenantId: string, id: string, version?: number): Promise<Kept<C> | undefined>;
  list(tenantId: string): Promise<Kept<C>[]>;
  /** A new one, or a new version. `check` sees what there is and refuses. */
  put(
    tenantId: string,
    id: string,
    content: C,
    check: (current: Kept<C> | undefined) => void,
    at: number,
    asked?: Asked,
  ): Promise<Kept<C>>;
  archive(tenantId: string, id: string, at: number, asked?: Asked): Promise<boolean>;
}

/** The rules of a tenant as of now, with every calendar version that decisions may meet. */
export interface RuleBook extends Rules {
  zoneOf(clock: Pick<Clock, 'terms'>): string;
}

export interface RuleBooks {
  /** Rules of a tenant, at most a second old. */
  of(tenantId: string): Promise<RuleBook>;
  /** Forgets what was read of a tenant, after a change of its rules. */
  forget(tenantId: string): void;
  /** A policy with its calendars pinned as a clock started now would pin them. */
  pinned(tenantId: string, policy: Kept<PolicyContent>): Promise<Policy>;
  /** Reads calendar versions that a decision missed. */
  learn(tenantId: string, missing: Pin[]): Promise<void>;
}

/** The first time to come that a sentence names, as an instant; undefined when it names none. Local times are those of the zone. */
export type TimeInText = (sentence: Committing, now: number, zone: string) => number | undefined;

/** Thrown by `Rules.openings` for calendar versions that are not in memory yet: learn them and decide again. */
export const missingCalendars = (pins: Pin[]): Error & { missing: Pin[] } =>
  Object.assign(new Error('calendars are not in memory'), { missing: pins });

export type Holidays = (
  regions: CalendarContent['regions'],
  aroundYear: number,
) => Promise<{ closed: { date: string; name: string }[]; worked: { date: string; name: string }[] }>;
