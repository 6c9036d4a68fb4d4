import type { CrashPoint, EventAttributes, Producer } from '@throughline/bus';
import type { Telemetry } from '@throughline/telemetry';
import type { Connection, mongo } from 'mongoose';

export type Doc = mongo.Document & { _id: string };

export interface StoreOptions {
  url: string;
  /** PEM certificates that the servers' are checked with. Given, the connection uses TLS; `tls=true` in the URL trusts those of the system. */
  tlsCa?: string | undefined;
  /** Database name; each service has its own. */
  db: string;
  telemetry: Telemetry;
  /** Connections per process. Default 20. */
  poolSize?: number | undefined;
  /** Count driver commands, for tests of the deterministic counts. Default false: it costs on the hot path. */
  countCommands?: boolean | undefined;
  /** Give up finding a primary after this long. Default 5 s. */
  serverSelectionTimeoutMs?: number | undefined;
  /** False: migrations and indexes are looked for, never made; somebody else makes them first. Default true. */
  migrates?: boolean | undefined;
}

export interface Store {
  /** Whether migrations and indexes that are missing are made here, or refused. */
  readonly migrates: boolean;
  /** Native database handle: hot paths. */
  readonly db: mongo.Db;
  /** Mongoose connection, set strictly: schemas and typed reads elsewhere. */
  readonly mongoose: Connection;
  /** Connects with back-off until MongoDB is there (or `stop` is called), refuses a standalone server. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Throws when the primary does not answer within two seconds. */
  ping(): Promise<void>;
  /** Driver commands by name since the last call; empty unless `countCommands`. */
  takeCommandCounts(): Record<string, number>;
}

export interface Migration {
  /** Sorts; never renamed, never edited after release. */
  id: string;
  up(db: mongo.Db): Promise<void>;
}

export interface IndexSpec {
  collection: string;
  name: string;
  keys: Record<string, 1 | -1>;
  unique?: boolean | undefined;
  sparse?: boolean | undefined;
  partialFilterExpression?: mongo.Document | undefined;
  expireAfterSeconds?: number | undefined;
}

/** An event of a change; the store gives it its id (`<aggregate>/<seq>`) and encodes it. */
export interface NewEvent extends Omit<EventAttributes, 'id' | 'tenantId' | 'source'> {
  /** Defaults to the `source` of the collection. */
  source?: string | undefined;
  data: Uint8Array;
  /** Defaults to the topic of the collection. */
  topic?: string | undefined;
  /** Defaults to `keyOf` of the collection. */
  key?: string | undefined;
}

/** An aggregate as read. `version` is the fence of the next write, `seq` the number of its last event. */
export interface Loaded<S> {
  id: string;
  tenantId: string;
  version: number;
  seq: number;
  state: S;
  asked: Asked[];
  /** Events of its last change that this process has not seen published. */
  unpublished: PendingEvent[];
  /** The write that `unpublished` came with. */
  outboxBy: string;
}

export interface PendingEvent {
  topic: string;
  key: string;
  value: Buffer;
}

/** A request already answered. */
export interface Asked {
  id: string;
  at: Date;
  fingerprint: string;
  /** What the caller wants to give again, as bytes. */
  result?: Buffer | undefined;
}

/** A request to remember with the change it caused. */
export interface Request {
  /** The idempotency key. */
  id: string;
  /** Hash of the request body: the same key with another body is refused. */
  fingerprint: string;
  result?: Buffer | undefined;
}

/** One aggregate before and after. Without `from` it is inserted. Without events and with the same state nothing is written, but what a dead writer left unpublished is published. */
export interface Change<S> {
  id: string;
  tenantId: string;
  from?: Loaded<S> | undefined;
  state: S;
  events: NewEvent[];
  request?: Request | undefined;
  traceparent?: string | undefined;
}

export interface BatchResult<S> {
  written: Loaded<S>[];
  /** Ids whose version had moved (or which exist already): reload and decide again. */
  conflicts: string[];
}

export interface AggregatesOptions<S> {
  store: Store;
  collection: string;
  producer: Producer;
  /** Unique per process start: tells whose outbox a document carries. */
  instanceId: string;
  /** State as document fields; `_id tenantId version seq asked outbox outboxBy unpublishedSince` are taken. */
  toDoc(state: S): mongo.Document;
  fromDoc(doc: mongo.Document): S;
  topic: string;
  /** CloudEvents source, for example `throughline/conversation`. */
  source: string;
  /** Kafka key; default is the document id, `<tenant>/<id>`. */
  keyOf?: ((change: { id: string; tenantId: string; state: S }) => string) | undefined;
  crashPoint?: CrashPoint | undefined;
  /** Aggregates kept in memory for `loadMany` by id; only for the consumer that owns their partition. Default 0. */
  cacheSize?: number | undefined;
  /** How long a command waits for its events to be acknowledged before the sweeper takes over. Default 2 s. */
  publishWaitMs?: number | undefined;
  telemetry?: Telemetry | undefined;
}

/** What a decision makes of an aggregate; undefined leaves it as it is. */
export interface Decision<S> {
  state: S;
  events: NewEvent[];
  /** Remembered under the request id and given again to a repeated request. */
  result?: Buffer | undefined;
}

export interface CommandOptions {
  tenantId: string;
  request?: { id: string; fingerprint: string } | undefined;
  traceparent?: string | undefined;
}

export interface CommandResult<S> {
  state: S | undefined;
  /** True when this request id had been answered before; `result` is what was kept then. */
  repeated: boolean;
  result?: Buffer | undefined;
}

export interface Aggregates<S> {
  collection: mongo.Collection<Doc>;
  /** By ids (cached when `cacheSize` is set) or by a filter of document fields. */
  loadMany(query: string[] | mongo.Filter<Doc>): Promise<Loaded<S>[]>;
  load(id: string): Promise<Loaded<S> | undefined>;
  /** Batch path: one bulkWrite, then one publish. Resolves when published; conflicted ids were not written. Unmarked: the caller comes again with the same changes if it dies. */
  writeBatch(changes: Change<S>[]): Promise<BatchResult<S>>;
  /** Command path: one write, then publish. Throws a `conflict` Refusal when the version had moved. Resolves once durable even when Kafka is away. */
  writeOne(change: Change<S>): Promise<Loaded<S>>;
  /** Load, decide, write; again on conflict. A repeated request id gives the first answer. The document id is `<tenant>/<id>`. */
  change(
    id: string,
    decide: (current: Loaded<S> | undefined) => Decision<S> | undefined,
    options: CommandOptions,
  ): Promise<CommandResult<S>>;
  /**
   * The same for a batch: `decide` sees each aggregate once, conflicts are decided again one by one. Unchanged ones are still made sure to be
   * published, and are given back as well: who must know what it changed itself notes that in `decide`. `redelivered` says
   * that whatever asked for it comes again until it is through, as events of Kafka do; then a process that dies between
   * write and publish needs no mark on the document. Without it the sweeper sends what was left.
   */
  changeMany(
    ids: { id: string; tenantId: string }[],
    decide: (id: string, current: Loaded<S> | undefined) => Decision<S> | undefined,
    options?: { redelivered?: boolean | undefined },
  ): Promise<Loaded<S>[]>;
  sweeper: {
    start(): void;
    stop(): Promise<void>;
    /** One round now; gives the number of documents published. */
    sweep(olderThanMs?: number): Promise<number>;
  };
  /** Waits for the lazy clears; call it before the store stops. */
  stop(): Promise<void>;
}

export interface RowAggregatesOptions<S>
  extends Omit<AggregatesOptions<S>, 'cacheSize' | 'publishWaitMs' | 'toDoc' | 'fromDoc'> {
  /** Changes kept in memory that are worked out ahead; the oldest give way. Default 20,000. */
  mostAhead?: number | undefined;
  /** What queries look at, as document fields; `_id tenantId version seq s` are taken. The state has to be JSON. */
  fieldsOf(state: S): mongo.Document;
  /** The state after a change, told by its text; without a state before when the change is the first. Pure. */
  apply(id: string, state: S | undefined, step: string): S;
}

/** A decision with the change as text, from which the state can be worked out again. */
export interface RowDecision<S> {
  state: S;
  step: string;
  /** When they are recorded is when the change is noticed. */
  events: Omit<NewEvent, 'recordedAt'>[];
}

/** A decision made ahead: what comes of a change that is noticed within a span of time. */
export interface AheadDecision<S> extends RowDecision<S> {
  /** The first millisecond at which it holds. */
  from: number;
  /** The first one at which it does not hold any more; infinity when it holds for good. */
  until: number;
}

export interface RowAggregates<S> {
  /** The documents. They follow the changes by up to a second or two. */
  collection: mongo.Collection<Doc>;
  /** As they are, by document ids: with the changes that documents do not show yet. */
  loadMany(ids: string[]): Promise<Loaded<S>[]>;
  /** As `changeMany` of `Aggregates`. `noticedAt` is when the events are recorded, now unless it is said. */
  changeMany(
    ids: { id: string; tenantId: string }[],
    decide: (id: string, current: Loaded<S> | undefined) => RowDecision<S> | undefined,
    options?: { redelivered?: boolean | undefined; noticedAt?: Date | undefined },
  ): Promise<Loaded<S>[]>;
  /** Reads aggregates, by document ids, decides what will come of them soon, and keeps it as bytes for `changeAhead`. */
  workOutAhead(ids: string[], decide: (current: Loaded<S>) => AheadDecision<S> | undefined): Promise<void>;
  /**
   * Makes those changes that were worked out for this moment: one insert, and nothing is read. Gives what was made; any other,
   * because it was not worked out or has changed since, has to be decided by `changeMany`. Not for what is redelivered.
   */
  changeAhead(ids: string[], noticedAt: Date): Promise<{ id: string; until: number }[]>;
  /** Whether its document is about to be saved: it shows an earlier state for a moment. */
  isUnsaved(id: string): boolean;
  /** Saves what is left; call it before the store stops. */
  stop(): Promise<void>;
}

export interface Feed {
  stop(): Promise<void>;
}
