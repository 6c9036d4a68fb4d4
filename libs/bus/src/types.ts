import type { Telemetry } from '@throughline/telemetry';

/** What every event says about itself. `time` is when the fact happened, `recordedAt` when we learned of it. */
export interface EventAttributes {
  id: string;
  source: string;
  /** Full protobuf name of `data`, for example `throughline.conversation.v1.ConversationOpened`. */
  type: string;
  subject: string;
  time: Date;
  tenantId: string;
  recordedAt: Date;
  /** Canonical text of the customer's contact point, for example `email:ada@example.org`. */
  contactPoint?: string | undefined;
  conversationId?: string | undefined;
  channel?: string | undefined;
  issueId?: string | undefined;
  correlationId?: string | undefined;
  causationId?: string | undefined;
}

/** An event to encode: attributes and the protobuf bytes of its message. */
export interface OutgoingEvent extends EventAttributes {
  data: Uint8Array;
}

/** A decoded event. `raw` is the message value as it came: store or forward that, never a re-encoding. */
export interface IncomingEvent extends EventAttributes {
  data: Uint8Array;
  raw: Buffer;
  traceparent?: string | undefined;
  /** Attributes we have no name for (extensions of a foreign adapter). */
  extensions?: Record<string, string> | undefined;
}

export type MessageHeaders = Record<string, Buffer | string | (Buffer | string)[] | undefined>;

/** One message as Kafka gave it. */
export interface RawMessage {
  topic: string;
  partition: number;
  offset: string;
  key: Buffer | null;
  value: Buffer | null;
  headers: MessageHeaders;
  /** Broker or producer time of the record, milliseconds. */
  timestamp: number;
}

/** One message to produce. Topics are bare names: the bus adds the prefix. */
export interface OutgoingRecord {
  topic: string;
  key: string;
  value: Buffer;
  traceparent?: string | undefined;
  /** Only for dead letters and replays; events carry everything in their value. */
  headers?: Record<string, Buffer | string> | undefined;
}

export interface Producer {
  /** Resolves when every record is acknowledged by all in-sync replicas; rejects with a transient error after the delivery time-out. */
  publish(records: OutgoingRecord[]): Promise<void>;
  /** Counts since start, for tests and metrics. */
  stats(): ProducerStats;
}

export interface ProducerStats {
  requests: number;
  records: number;
  bytes: number;
}

/** One event for a handler. */
export interface Delivery {
  topic: string;
  partition: number;
  offset: string;
  key: string;
  event: IncomingEvent;
  /** When this process read it, epoch milliseconds. */
  receivedAt: number;
}

export interface DeadDelivery {
  delivery: Delivery;
  /** Stable UPPER_SNAKE. */
  reason: string;
  detail: string;
}

export interface HandleContext {
  heartbeat(): Promise<void>;
  /** True when this process lost the partition: stop working, another one has it. */
  isStale(): boolean;
  traceparent?: string | undefined;
}

/** What became of a batch: deliveries that it does not name have had their effect. */
export interface Handled {
  dead: DeadDelivery[];
  /** Deliveries that had no effect, for no reason that passes. Each of their keys is then tried alone, without the others. */
  failed?: { delivery: Delivery; error: unknown }[] | undefined;
}

/**
 * Handles deliveries of one topic, each partition's in order. A delivery named in `dead` goes to the dead letters and its key waits from
 * the next batch on; later deliveries of that key in this batch are the handler's to apply or to name as well. Throwing a transient error
 * retries in place; throwing anything else isolates the failing key, which costs several calls: a handler that knows what failed names it.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: a handler with nothing to report returns nothing
export type Handle = (deliveries: Delivery[], context: HandleContext) => Promise<void | Handled>;

/** One key that waits for its dead letters to be replayed. Offsets are those of the original topic. */
export interface ParkedKey {
  topic: string;
  key: string;
  /** Rises each time a replayed message of this key dies again; a replay of an older generation lets nothing through. */
  generation: number;
  /** Highest original offset among the dead letters of this key. */
  lastOffset: string;
  reason: string;
  since: Date;
}

/** Where the parked keys of one consumer group are kept. */
export interface ParkedKeys {
  load(): Promise<ParkedKey[]>;
  /** Stores the entries durably (insert or replace). */
  park(entries: ParkedKey[]): Promise<void>;
  unpark(entries: { topic: string; key: string }[]): Promise<void>;
}

export interface ConsumeOptions {
  group: string;
  topics: string[];
  handle: Handle;
  /** Reads a message in place of `decodeMessage`, for a consumer that can do it more cheaply; throws `Undecodable`. */
  decode?: ((message: RawMessage) => IncomingEvent) | undefined;
  /** Where parked keys are kept; dead letters themselves go to `<group>.dlq.v1`. */
  deadLetters: ParkedKeys;
  /** Most deliveries per call of `handle`, from any number of partitions of one topic. Default 2,000. */
  maxBatch?: number | undefined;
  sessionTimeoutMs?: number | undefined;
  heartbeatIntervalMs?: number | undefined;
  /** Largest accepted message value. Default 256 KiB. */
  maxEventBytes?: number | undefined;
}

export interface Consumer {
  group: string;
  /** Undefined when it is in its group and fetching, else the reason. */
  notReady(): string | undefined;
  stats(): ConsumerStats;
  stop(): Promise<void>;
}

export interface ConsumerStats {
  consumed: number;
  batches: number;
  dead: number;
  parked: number;
  /** Messages behind the end of the partitions of this process, as of the last fetch. */
  lag: number;
}

export interface TopicSpec {
  name: string;
  partitions: number;
  replicas?: number | undefined;
  config?: Record<string, string> | undefined;
}

export interface BusAdmin {
  /** Creates what is missing; existing topics stay as they are. Also `<group>.dlq.v1` topics must be listed. */
  ensureTopics(topics: TopicSpec[]): Promise<void>;
  /** Bare names of the existing topics of this prefix. */
  listTopics(): Promise<string[]>;
  /** Messages a group has not yet committed. */
  lag(group: string, topics: string[]): Promise<number>;
  /** Members of a group, and what it has not yet committed of each topic that it has committed anything of. */
  groupLag(group: string): Promise<{ members: number; lags: { topic: string; lag: number }[] }>;
  /** Sets a group (which must be stopped) back to the first message. */
  resetOffsets(group: string, topics: string[]): Promise<void>;
}

/** Kills the process at a named point when a test asked for it; nothing otherwise. */
export type CrashPoint = (name: string) => void;

/** How a client proves who it is, and how it knows the brokers. Neither by default: a broker on the same machine. */
export interface KafkaSecurity {
  /** `ca`: PEM certificates that the brokers' are checked with; those of the system when absent. */
  tls?: { ca?: string | undefined } | undefined;
  sasl?: { mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; username: string; password: string } | undefined;
}

export interface BusOptions {
  brokers: string[];
  security?: KafkaSecurity | undefined;
  clientId: string;
  topicPrefix: string;
  telemetry: Telemetry;
  crashPoint?: CrashPoint | undefined;
  /** How long `publish` keeps trying before it rejects with a transient error. Default 30 s. */
  deliveryTimeoutMs?: number | undefined;
  /** How long one produce request may take before its connection is given up. Default 10 s. */
  requestTimeoutMs?: number | undefined;
}

export interface Bus {
  producer: Producer;
  consume(options: ConsumeOptions): Consumer;
  admin: BusAdmin;
  /** Reads single messages of one topic without a group, for replay and tools. */
  readTopic(topic: string, onMessage: (message: RawMessage) => void): Promise<void>;
  /** Starts the supervisors and returns at once; the bus connects when Kafka is there. */
  start(): Promise<void>;
  /** Reasons why this process is not (yet) connected. */
  notReady(): string[];
  /** Drains: consumers finish their batch and commit, queued records are acknowledged, then connections close. */
  stop(): Promise<void>;
}
