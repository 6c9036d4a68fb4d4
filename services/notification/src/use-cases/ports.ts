import type { Book, Channel, Consent, Risk } from '../domain/book/book';
import type { Delivery, DeliveryState } from '../domain/delivery/delivery';
import type { Finding, Outcome } from '../domain/delivery/sending';
import type { Incident } from '../domain/incident/incident';
import type { Telling } from '../domain/incident/telling';
import type { News, Notice } from '../domain/notice/notice';
import type { Stamp } from '../domain/notice/place';
import type { ContactPolicy } from '../domain/policy/policy';
import type { Template } from '../domain/template/template';

/** A request that must have one effect. */
export interface Asked {
  id: string;
  fingerprint: string;
}

/** Where a page of a list starts. */
export interface Place {
  at: number;
  id: string;
}

export interface PolicyStore {
  /** The policy of a tenant, the built-in one when none was set; at most a second old. */
  of(tenantId: string): Promise<ContactPolicy>;
  /** Decides and writes; a repeated request gives the policy as it is now. Throws what `decide` refuses. */
  change(
    tenantId: string,
    decide: (current: ContactPolicy) => ContactPolicy,
    asked: Asked | undefined,
  ): Promise<ContactPolicy>;
}

/** Something that happened to what a customer wishes; `point` places it on the timeline. */
export type BookFact = { customerId: string; point: string; at: number } & (
  | { type: 'preferencesChanged'; summary: string; source: string }
  | { type: 'consentGiven'; consent: Consent }
  | { type: 'consentWithdrawn'; consent: Consent; source: string }
  | { type: 'riskMarked'; risk: Risk }
  | { type: 'riskReleased'; source: string; reason: string }
);

export interface BookChange {
  book: Book;
  told: BookFact[];
}

export interface BookStore {
  load(tenantId: string, customerId: string): Promise<Book>;
  /** Languages of those customers whose language is known. */
  languagesOf(tenantId: string, customerIds: string[]): Promise<Map<string, string>>;
  change(
    tenantId: string,
    customerId: string,
    decide: (book: Book) => BookChange | undefined,
    asked?: Asked,
  ): Promise<Book>;
  /** Decides about each and writes all in one command; again for those that had changed meanwhile. */
  changeMany(
    tenantId: string,
    customerIds: string[],
    decide: (customerId: string, book: Book) => BookChange | undefined,
  ): Promise<void>;
}

/** A delivery of a tenant. */
export interface DeliveryKey {
  tenantId: string;
  id: string;
}

export interface DueDelivery extends DeliveryKey {
  state: DeliveryState;
}

/** Which of the deliveries that are due. */
export interface DueQuery {
  states: DeliveryState[];
  channels: Channel[];
  exceptTenants?: string[] | undefined;
}

export interface DeliveryQuery {
  tenantId: string;
  customerId: string;
  states: DeliveryState[];
  kind: string;
  aboutId: string;
}

export interface DeliveryStore {
  /** Inserts those that are new; others stay as they are. */
  insert(tenantId: string, deliveries: Delivery[]): Promise<void>;
  load(tenantId: string, ids: string[]): Promise<Delivery[]>;
  /** Decides about each and writes all in one command; gives all of them as they are then. */
  change(tenantId: string, ids: string[], decide: (delivery: Delivery) => Delivery | undefined): Promise<Delivery[]>;
  /** Deliveries in these shares of the work that somebody must look at. */
  due(shards: number[], until: number, limit: number, which: DueQuery): Promise<DueDelivery[]>;
  list(
    query: DeliveryQuery,
    after: Place | undefined,
    limit: number,
  ): Promise<{ deliveries: Delivery[]; more: boolean }>;
  /** Those of these addresses to which a message is on its way or in doubt. */
  busyPoints(tenantId: string, points: string[]): Promise<Set<string>>;
  /** Provider ids that belong to a delivery already. */
  takenSids(sids: string[]): Promise<Set<string>>;
}

export interface Suppression {
  id: string;
  reason: 'hard_bounce' | 'complaint' | 'opt_out' | 'legal' | 'deceased';
  note: string;
  source: string;
  createdAt: number;
  active: boolean;
}

export interface SuppressionStore {
  /** Those of these addresses that are on the list. */
  of(tenantId: string, points: string[]): Promise<Map<string, Suppression>>;
  add(
    tenantId: string,
    what: { point: string; customerId: string; reason: Suppression['reason']; note: string; source: string },
    asked?: Asked,
  ): Promise<Suppression>;
  /** False when the address is not on the list. */
  remove(
    tenantId: string,
    what: { point: string; customerId: string; reason: string },
    asked?: Asked,
  ): Promise<boolean>;
  list(
    tenantId: string,
    after: Place | undefined,
    limit: number,
  ): Promise<{ suppressions: Suppression[]; more: boolean }>;
}

export interface CustomerPoints {
  customersOf(tenantId: string, points: string[]): Promise<Map<string, string>>;
  /** An address of a customer; empty when none is known. */
  pointOf(tenantId: string, customerId: string): Promise<string>;
  learn(facts: { tenantId: string; point: string; customerId: string; at: number }[]): Promise<void>;
}

export interface TemplateStore {
  /** The latest version when 0. */
  get(tenantId: string, id: string, version: number): Promise<Template | undefined>;
  list(tenantId: string): Promise<Template[]>;
  /** A new one or a new version. `check` sees what there is and refuses. */
  put(
    tenantId: string,
    template: Template,
    check: (current: Template | undefined) => void,
    asked: Asked | undefined,
  ): Promise<Template>;
}

export interface Words {
  subject: string;
  text: string;
  html: string;
}

export interface Renderer {
  /** Refuses what does not parse, and variables that are not declared. */
  check(template: Template): void;
  /** Fills in the values. Refuses a value that is missing or unknown, and words that are too long. */
  render(words: Words, values: Record<string, string>): Words;
}

/** Hands a text message or a call to whoever carries it out. */
export interface Provider {
  send(tenantId: string, delivery: Delivery): Promise<Outcome>;
  /** What the provider has that this delivery may have become, the oldest first. */
  list(
    tenantId: string,
    delivery: Delivery,
  ): Promise<{ kind: 'listed'; providerIds: string[] } | Extract<Finding, { kind: 'silent' }>>;
}

/** Links in messages. Each kind opens its own door only. */
export interface Links {
  unsubscribe(tenantId: string, deliveryId: string): string;
  preferences(tenantId: string, deliveryId: string): string;
  callback(tenantId: string, deliveryId: string): string;
  /** The delivery a token of this kind names; undefined when it is not one of ours. */
  read(kind: 'u' | 'p' | 'c', token: string): DeliveryKey | undefined;
}

export interface Assignees {
  learn(facts: { tenantId: string; conversationId: string; agentId: string; at: number }[]): Promise<void>;
  /** Agents of those conversations that somebody has. */
  of(tenantId: string, conversationIds: string[]): Promise<Map<string, string>>;
}

export interface NoticeStore {
  /** Writes one row per recipient; what was told before stays as it is. */
  tell(news: News[]): Promise<void>;
  /** Now, as the database stamps what it writes: whatever is written from here on gets a later one. */
  present(): Promise<Stamp>;
  /** After a stamp, in order. */
  after(tenantId: string, recipients: string[], stamp: Stamp, limit: number): Promise<Notice[]>;
  /** Before a stamp, the newest first; from the newest when undefined. */
  before(tenantId: string, recipients: string[], stamp: Stamp | undefined, limit: number): Promise<Notice[]>;
  /** Stamps of those after `from`, up to `to`. */
  between(tenantId: string, recipients: string[], from: Stamp, to: Stamp): Promise<Stamp[]>;
  /** Calls back for each notice of every tenant from now on, and when some may have been missed; gives what ends it. */
  listen(onNotice: (notice: Notice) => void, onBreak: () => void): Promise<() => Promise<void>>;
}

/** Sets of addresses, by name. */
export interface Audiences {
  add(tenantId: string, audience: string, points: string[]): Promise<void>;
  /** In the order of the addresses. */
  page(tenantId: string, audience: string, after: string, limit: number): Promise<string[]>;
  count(tenantId: string, audience: string): Promise<number>;
}

export interface Tellings {
  load(tenantId: string, id: string): Promise<Telling | undefined>;
  change(tenantId: string, id: string, decide: (before: Telling | undefined) => Telling | undefined): Promise<Telling>;
  due(until: number, limit: number): Promise<{ tenantId: string; telling: Telling }[]>;
}

export interface Incidents {
  load(tenantId: string, id: string): Promise<Incident | undefined>;
  /** Decides and writes; a repeated request gives the incident as it is now. */
  change(
    tenantId: string,
    id: string,
    decide: (before: Incident | undefined) => Incident,
    asked: Asked | undefined,
  ): Promise<Incident>;
  list(
    tenantId: string,
    open: boolean,
    after: Place | undefined,
    limit: number,
  ): Promise<{ incidents: Incident[]; more: boolean }>;
  withDuties(limit: number): Promise<{ tenantId: string; incident: Incident }[]>;
}

/** Promises of next updates, kept by the SLA service. Repeating a call has no further effect. */
export interface Promises {
  make(
    tenantId: string,
    promise: { promiseId: string; dueAt: number; ownerId: string },
    incident: Pick<Incident, 'id' | 'title'>,
  ): Promise<void>;
  keep(tenantId: string, promiseId: string): Promise<void>;
  /** A promise to one customer; gives its id. */
  makeTo(
    tenantId: string,
    promise: {
      promiseId: string;
      point: string;
      what: string;
      dueAt: number;
      zone: string;
      conversationId: string;
      ownerId: string;
      teamId: string;
    },
  ): Promise<void>;
}
