import type { Endpoint, EndpointCommand } from '../../domain/webhooks/endpoint';
import type { Attempt } from '../../domain/webhooks/schedule';
import type { Asked } from '../ports';

/** `<tenant>/<endpoint>`. */
export type EndpointKey = string;

export interface EndpointStore {
  load(tenantId: string, id: string): Promise<Endpoint | undefined>;
  /** Decides and writes; a repeated request gives the endpoint as it is now, without deciding again. */
  change(tenantId: string, id: string, command: EndpointCommand, asked?: Asked): Promise<Endpoint>;
  /** All that are not deleted, of several tenants. */
  ofTenants(tenantIds: string[]): Promise<{ tenantId: string; endpoint: Endpoint }[]>;
  list(tenantId: string, after: string, limit: number): Promise<Endpoint[]>;
  count(tenantId: string): Promise<number>;
}

/** A fact for one endpoint. */
export interface NewDelivery {
  /** Also the webhook-id. */
  id: string;
  tenantId: string;
  endpointId: string;
  /** What keeps its order: topic and key. */
  lane: string;
  /** Place in the lane. */
  offset: number;
  entity: string;
  eventId: string;
  eventType: string;
  body: string;
}

export interface Delivery extends NewDelivery {
  state: 'pending' | 'delivered' | 'failed';
  attemptCount: number;
  /** Since when it is tried: its recording, or its last replay. */
  since: number;
  nextAt: number;
  recordedAt: number;
  deliveredAt?: number | undefined;
  attempts: Attempt[];
}

export interface DeliveryQuery {
  tenantId: string;
  endpointId: string;
  states: Delivery['state'][];
  eventType: string;
  from?: number | undefined;
  to?: number | undefined;
}

/** Deliveries, durable: what `add` took is there until it is settled and for thirty days after. */
export interface DeliveryQueue {
  /** Adds what is not there yet, and wakes the endpoints. */
  add(deliveries: NewDelivery[], at: number): Promise<void>;
  /** Somebody shall look at the endpoint at a moment. */
  wake(endpoint: EndpointKey, at: number): Promise<void>;
  /** Endpoints of these shards to look at now; `stamp` fences `rest`. */
  ready(shards: number[], at: number, limit: number): Promise<{ endpoint: EndpointKey; stamp: number }[]>;
  /** Nothing to do for an endpoint before a moment, unless it was woken since `stamp`. */
  rest(endpoint: EndpointKey, stamp: number, until: number | undefined): Promise<void>;
  /** Lanes with something pending, the one that waits longest first. */
  lanes(endpoint: EndpointKey, except: string[], limit: number): Promise<string[]>;
  /** The first of a lane, in order. */
  head(endpoint: EndpointKey, lane: string, limit: number): Promise<Delivery[]>;
  /** Writes down an attempt and what follows from it. */
  settle(
    delivery: Delivery,
    attempt: Attempt,
    next: { state: 'delivered' | 'failed' } | { state: 'pending'; nextAt: number },
  ): Promise<void>;
  /** Those that wait for their next attempt need not wait any more. */
  hasten(endpoint: EndpointKey, at: number): Promise<void>;
  /** All that is pending starts anew, as if it had been recorded now. */
  renew(endpoint: EndpointKey, at: number): Promise<void>;
  /** One that was sent outside of the order. */
  record(delivery: NewDelivery, attempt: Attempt, state: 'delivered' | 'failed'): Promise<void>;
  /** Makes settled deliveries pending again. */
  replay(
    tenantId: string,
    endpointId: string,
    which: { ids?: string[]; from?: number; to?: number },
    failedOnly: boolean,
    at: number,
  ): Promise<number>;
  /** How many an earlier replay of this request made pending; undefined when there was none. */
  replayed(tenantId: string, endpointId: string, asked: Asked): Promise<number | undefined>;
  noteReplay(tenantId: string, endpointId: string, asked: Asked, count: number): Promise<void>;
  get(tenantId: string, endpointId: string, id: string): Promise<Delivery | undefined>;
  has(tenantId: string, endpointId: string, ids: string[]): Promise<string[]>;
  list(query: DeliveryQuery, after: { at: number; id: string } | undefined, limit: number): Promise<Delivery[]>;
}

export interface Sender {
  /** One signed POST; says what came of it and never throws for what the receiver does. */
  send(endpoint: Endpoint, id: string, body: string, at: number): Promise<Attempt>;
}

/** Why a URL cannot be an endpoint now; undefined when it can. */
export type UrlCheck = (url: string) => Promise<{ reason: string; detail: string } | undefined>;

export interface SecretBox {
  /** A new secret, in clear and sealed. */
  create(): { secret: string; sealed: string };
  open(sealed: string): string;
}
