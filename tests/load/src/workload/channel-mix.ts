import { encodeEvent } from '@throughline/bus';
import { uuidFromHash } from '@throughline/core';
import { channelV1, commonV1 } from '@throughline/proto';
import { seeded } from './random';

/** A message to preload: its key, its bytes, and the number by which the checker knows it. */
export interface Preloaded {
  key: string;
  value: Buffer;
  headers?: { traceparent: string };
}

/** The same events as adapters send them that record every trace: each in a trace of its own. */
export function* traced(events: Iterable<Preloaded>): Generator<Preloaded> {
  let n = 0;
  for (const event of events) {
    n++;
    const traceparent = `00-${n.toString(16).padStart(32, 'f')}-${n.toString(16).padStart(16, '0')}-01`;
    yield { ...event, headers: { traceparent } };
  }
}

export const TENANT = 'bench';
/** Time of event 0; event n follows n milliseconds later. */
export const EPOCH = Date.UTC(2026, 0, 5, 9);

type Payload = NonNullable<channelV1.InboundEvent['payload']>;

interface Thread {
  channel: string;
  key: string;
  point: commonV1.ContactPoint;
  left: number;
  step: number;
  /** Events of a call, in order. */
  script: Payload[];
}

/**
 * The id of the mix's n-th event, made as an adapter makes it. Ids that only count would share nearly all of their characters, and an
 * index of them takes a fraction of what it takes in life.
 */
export const inboundIdOf = (n: number, prefix = ''): string =>
  uuidFromHash('inbound', TENANT, 'bench', `${prefix}${n}`);

/** The name of the mix's n-th thread: what a chat's session, a mail server and a telephony provider give. */
const threadKeyOf = {
  chat: (prefix: string, n: number) => `${prefix}${uuidFromHash('chat', String(n))}`,
  email: (prefix: string, n: number) => `${prefix}${uuidFromHash('email', String(n))}@mail.example.org`,
  voice: (prefix: string, n: number) => `${prefix}CA${uuidFromHash('voice', String(n)).replaceAll('-', '')}`,
};

/** The marker that a message carries to the timeline, so that a checker can count by ids. */
export const marker = (n: number): string => `#${n}#`;

const words =
  'My parcel has not arrived although the tracking page says so. Could you please look where it is and tell me today?';

const callScript = (random: () => number): Payload[] => {
  const script: Payload[] = [
    { $case: 'callStarted', value: { direction: channelV1.CallDirection.INBOUND } },
    { $case: 'callQueued', value: { queue: 'support' } },
    { $case: 'callAnswered', value: { answeredBy: 'agent-7' } },
  ];
  if (random() < 0.6) script.push({ $case: 'callHeld', value: {} }, { $case: 'callResumed', value: {} });
  if (random() < 0.5) script.push({ $case: 'keysPressed', value: { digits: '1' } });
  script.push({
    $case: 'callEnded',
    value: { reason: channelV1.CallEndReason.COMPLETED, durationSeconds: 240n, endedBy: 'customer' },
  });
  return script.slice(0, 7);
};

const phone = (n: number) => `+4930${String(1_000_000 + n)}`;

/**
 * The mix: of the threads that begin 50 % are chats of 8 to 12 messages, 30 % mails (one message, each its own thread), 20 % calls of 4 to 7
 * steps; about 300 threads are open at any time and their events interleave. Events are about 300 bytes.
 */
export function* channelMix(
  count: number,
  options: { seed?: number; prefix?: string; customers?: number } = {},
): Generator<Preloaded> {
  const random = seeded(options.seed ?? 1);
  const prefix = options.prefix ?? '';
  const customers = options.customers ?? Math.max(100, Math.floor(count / 10));
  const open: Thread[] = [];
  let threads = 0;
  const begin = (): Thread => {
    const n = threads++;
    const customer = Math.floor(random() * customers);
    const kind = random();
    if (kind < 0.5) {
      const point = { type: commonV1.ContactPointType.CHAT, value: `visitor-${customer}` };
      return {
        channel: 'chat',
        key: threadKeyOf.chat(prefix, n),
        point,
        left: 8 + Math.floor(random() * 5),
        step: 0,
        script: [],
      };
    }
    if (kind < 0.8) {
      const point = { type: commonV1.ContactPointType.EMAIL, value: `c${customer}@example.org` };
      return { channel: 'email', key: threadKeyOf.email(prefix, n), point, left: 1, step: 0, script: [] };
    }
    const script = callScript(random);
    const point = { type: commonV1.ContactPointType.PHONE, value: phone(customer) };
    return { channel: 'voice', key: threadKeyOf.voice(prefix, n), point, left: script.length, step: 0, script };
  };
  for (let n = 0; n < count; n++) {
    while (open.length < 300) open.push(begin());
    const at = Math.floor(random() * open.length);
    const thread = open[at]!;
    yield inboundEvent(thread, n, prefix);
    thread.step++;
    if (--thread.left === 0) open[at] = begin();
  }
}

const payloadOf = (thread: Thread, n: number): Payload => {
  if (thread.channel === 'voice') return thread.script[thread.step]!;
  const email =
    thread.channel === 'email'
      ? channelV1.EmailFacts.fromPartial({
          messageId: thread.key,
          baseSubject: 'Where is my parcel',
        })
      : undefined;
  return {
    $case: 'messageReceived',
    value: channelV1.InboundMessageReceived.fromPartial({
      text: `${marker(n)} ${words.slice(0, thread.channel === 'email' ? 110 : 60)}`,
      subject: thread.channel === 'email' ? 'Where is my parcel' : '',
      messageClass: channelV1.MessageClass.NORMAL,
      ...(email ? { email } : {}),
    }),
  };
};

const inboundEvent = (thread: Thread, n: number, prefix: string): Preloaded => {
  const time = new Date(EPOCH + n);
  const event = channelV1.InboundEvent.fromPartial({
    channel: thread.channel,
    adapter: 'bench',
    threadKey: thread.key,
    eventKey: `${prefix}${n}`,
    occurredAt: time,
    contactPoint: thread.point,
    destination: 'support',
  });
  event.payload = payloadOf(thread, n);
  const value = encodeEvent({
    id: inboundIdOf(n, prefix),
    source: 'bench',
    type: 'throughline.channel.v1.InboundEvent',
    subject: thread.key,
    time,
    recordedAt: time,
    tenantId: TENANT,
    channel: thread.channel,
    data: channelV1.InboundEvent.encode(event).finish(),
  });
  return { key: `${TENANT}/${thread.channel}/${thread.key}`, value };
};
