import type { IncomingEvent } from '@throughline/bus';
import type { Customer } from '../domain/customer';
import type { Row } from '../domain/merge';

/** Every question this service asks the world. */

/** A row to file. `o` is set on the first event of an aggregate and lets later events find its contact point. */
export interface TimelineRow extends Row {
  o?: string;
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
  /** Files rows; those filed before are left as they are. */
  insert(rows: TimelineRow[]): Promise<void>;
  range(range: RowRange): Promise<RowPage>;
  /** Contact points of conversations, by `<tenant>/<conversation>`. */
  pointsOfConversations(keys: string[]): Promise<Map<string, string>>;
}

/** Keeps events whose conversation nobody has told us about yet. */
export interface WaitingRoom {
  add(events: [conversation: string, event: IncomingEvent][]): Promise<void>;
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
  /** Makes sure that a customer exists for each contact point, and that the others hear of it. */
  ensure(sights: FirstSight[]): Promise<void>;
  load(tenantId: string, id: string): Promise<Customer | undefined>;
  loadMany(tenantId: string, ids: string[]): Promise<Customer[]>;
}
