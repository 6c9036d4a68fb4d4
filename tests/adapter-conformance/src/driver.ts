/** Where an adapter under test finds its surroundings; all of it real, and its own. */
export interface Surroundings {
  readonly kafkaBrokers: readonly string[];
  readonly topicPrefix: string;
  readonly mongoUrl: string;
  /** Database of its own for this run. */
  readonly mongoDb: string;
  readonly tenantId: string;
}

/**
 * How the outside world was answered: `accepted` (it will not send again), `later` (it keeps the event and sends again), `refused` (never).
 */
export type Answer = 'accepted' | 'later' | 'refused';

/** The n-th thing that happens on one thread outside. The same values are the same event, delivered again. */
export interface ExternalEvent {
  readonly thread: string;
  readonly n: number;
  /** `automatic`: written by a machine; `own`: our own message coming back; `oversized`: larger than the channel allows. */
  readonly kind?: 'automatic' | 'own' | 'oversized' | undefined;
}

/** Something that reached the outside. */
export interface ExternalSend {
  readonly text: string;
  /** The outside can see that a machine wrote it. */
  readonly automatic: boolean;
}

/** What the kit asks to be sent. */
export interface SendOrder {
  readonly messageId: string;
  readonly conversationId: string;
  readonly text: string;
  readonly automatic: boolean;
}

/** An event for `channel.outbound.v1`. */
export interface OutboundEvent {
  readonly type: string;
  readonly data: Uint8Array;
}

/** Checks that may be impossible on a channel; a driver names the reason, which is printed. */
export type Skippable = 'automatic' | 'own' | 'oversized' | 'automatic-send';

/** The few things the kit must know about an adapter. Everything else it reads from Kafka. */
export interface AdapterDriver {
  readonly channel: string;
  /** The `adapter` field of its events. */
  readonly adapter: string;
  /** Its consumer group, without prefix. */
  readonly group: string;
  /** Starts the adapter. Called again after `stop`, with the same surroundings: as a new process would start. */
  start(surroundings: Surroundings): Promise<void>;
  stop(): Promise<void>;
  /** After the last `stop`: ends what stood for the outside. */
  dispose?(): Promise<void>;
  /** Lets the event happen outside and gives the answer the outside gets, within a minute. */
  inject(event: ExternalEvent): Promise<Answer>;
  /** The event that makes this adapter send; by default a `MessageSendRequested`. */
  outbound(order: SendOrder): OutboundEvent;
  /** Everything that reached the outside so far, over restarts. */
  sent(): Promise<readonly ExternalSend[]>;
  /** The adapter reports what became of a send with `InboundDeliveryStatusChanged`. */
  readonly reportsDelivery: boolean;
  readonly skips?: Partial<Record<Skippable, string>>;
}
