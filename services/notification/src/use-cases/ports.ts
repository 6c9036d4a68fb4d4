import type { Book, Channel, Consent, Risk } from '../domain/book/book';
import type { Delivery, DeliveryState } from '../domain/delivery/delivery';
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
);

export interface BookChange {
  book: Book;
  told: BookFact[];
}

export interface BookStore {
  load(tenantId: string, customerId: string): Promise<Book>;
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
  channel: Channel;
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
  /** Decides about each and writes all in one command; gives those that were written. */
  change(tenantId: string, ids: string[], decide: (delivery: Delivery) => Delivery | undefined): Promise<Delivery[]>;
  /** Deliveries in these shares of the work that somebody must look at. */
  due(shards: number[], until: number, limit: number): Promise<DueDelivery[]>;
  list(
    query: DeliveryQuery,
    after: Place | undefined,
    limit: number,
  ): Promise<{ deliveries: Delivery[]; more: boolean }>;
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
