import type { Customer, Link, Member } from '../domain/customer';
import type { Row } from '../domain/merge';

/** Every question this service asks the world. */

/** Rows on their way to the timeline, each written where it leaves from: nothing of it is copied. One row at a time. */
export interface RowBlock {
  readonly count: number;
  /** Makes room for a row of so many bytes beside its key; then the three below say where it goes. */
  open(most: number): void;
  readonly bytes: Buffer;
  readonly keyAt: number;
  readonly entryAt: number;
  /**
   * The key is written, and the entry up to `entryEnd`. `opening`, `<tenant>/<conversation>`, is given for the first event of an
   * aggregate and lets later events find its contact point.
   */
  close(entryEnd: number, opening?: string): void;
}

export interface RowFilter {
  channels: string[];
  kinds: string[];
  issueId: string;
  conversationId: string;
}

/** A stretch of one contact point's rows, from one place to another, both left out. */
export interface RowRange {
  point: Buffer;
  after: Buffer;
  before: Buffer;
  oldestFirst: boolean;
  limit: number;
  filter?: RowFilter | undefined;
}

export interface RowPage {
  rows: Row[];
  /** Place up to which was looked without finding enough, when the search was cut short. */
  searchedTo?: Buffer | undefined;
}

export interface Timeline {
  /** An empty block for rows. */
  block(): RowBlock;
  /** Files rows; those filed before are left as they are. The block is empty afterwards, and written to no more. */
  insert(rows: RowBlock): Promise<void>;
  range(range: RowRange): Promise<RowPage>;
  /** Contact points of conversations, by `<tenant>/<conversation>`. */
  pointsOfConversations(keys: string[]): Promise<Map<string, string>>;
}

export interface Listener {
  row(row: Row): void;
  /** Rows may have been missed: read again from where you are. */
  gap(): void;
}

export interface Subscription {
  /** Listens to these contact points from now on. */
  points(keys: Buffer[]): void;
  stop(): Promise<void>;
}

export interface LiveRows {
  /** Resolves once every row filed from then on will be told. */
  listen(keys: Buffer[], listener: Listener): Promise<Subscription>;
}

/** Keeps events whose conversation nobody has told us about yet. */
export interface WaitingRoom {
  /** `name` is unique among events, `value` its bytes. */
  add(events: { name: string; conversation: string; value: Buffer }[]): Promise<void>;
  /** Those whose turn it is, in rotation. */
  some(limit: number): Promise<{ id: string; value: Buffer }[]>;
  remove(ids: string[]): Promise<void>;
}

/** A contact point seen for the first time. */
export interface FirstSight {
  tenantId: string;
  base: string;
  point: string;
  at: Date;
}

export interface Customers {
  /**
   * Makes sure that a customer exists for each contact point of an event. Nothing is announced: who reads the event
   * knows it, and the id follows from the contact point.
   */
  meet(sights: FirstSight[]): Promise<void>;
  /** Creates customers because somebody asked for it, and says so. */
  create(sights: FirstSight[]): Promise<void>;
}

/** A fact about a customer that is published together with the change. */
export type CustomerFact =
  | { type: 'linked' | 'unlinked'; link: Link; points: string[] }
  | { type: 'pointAdded'; member: Member; evidence: string }
  | { type: 'attributesChanged'; changed: string[] };

export interface CustomerChange {
  customer: Customer;
  events: CustomerFact[];
}

/** The idempotency key of a command and a hash of everything else in it. */
export interface CustomerRequest {
  id: string;
  fingerprint: string;
  /** The answer to give again. */
  result?: Buffer | undefined;
}

export interface CustomerStore extends Customers {
  load(tenantId: string, id: string): Promise<Customer | undefined>;
  loadMany(tenantId: string, ids: string[]): Promise<Customer[]>;
  /** Load, decide, write, again on conflict. A repeated request gives what was answered then. */
  change(
    tenantId: string,
    id: string,
    decide: (current: Customer | undefined) => CustomerChange | undefined,
    request?: CustomerRequest,
  ): Promise<{ customer: Customer | undefined; repeated?: Buffer | undefined }>;
  /** What a request of this customer was answered, undefined when it is new. */
  answered(tenantId: string, id: string, request: CustomerRequest): Promise<Buffer | undefined>;
  /** The customer whose ledger holds a link; the one where it is alive, if it is. */
  holderOfLink(tenantId: string, linkId: string): Promise<Customer | undefined>;
  /** Customers that live on, after an id. */
  list(tenantId: string, after: string, limit: number): Promise<Customer[]>;
  /** Customers with a link or unlink that was begun a while ago and is not finished. */
  unsettled(limit: number): Promise<Customer[]>;
}
