import type { SpanContext } from '@opentelemetry/api';
import { ROOT_CONTEXT, SpanKind, TraceFlags, trace } from '@opentelemetry/api';
import type { Telemetry } from '@throughline/telemetry';
import { parseTraceparent } from '@throughline/telemetry';
import { deadLetter, header } from '../dead-letters/letters';
import type { Parking } from '../dead-letters/parking';
import { isRefusedRecord } from '../kafka';
import type {
  ConsumeOptions,
  CrashPoint,
  DeadDelivery,
  Handle,
  HandleContext,
  OutgoingRecord,
  Producer,
  RawMessage,
} from '../types';
import { applyBatch } from './apply';
import type { Step } from './classify';
import { classify } from './classify';

export interface BatchDeps {
  group: string;
  handle: Handle;
  parking: Parking;
  producer: Producer;
  telemetry: Telemetry;
  maxEventBytes: number;
  decode?: ConsumeOptions['decode'];
  crashPoint: CrashPoint;
}

export interface BatchOutcome {
  delivered: number;
  dead: number;
}

/** One span's parent and links. */
const MOST_SENDERS = 32;

/** A letter that the broker finds too large goes without its value, so that it cannot stop its partition. */
async function publishLetter(producer: Producer, letter: OutgoingRecord): Promise<void> {
  try {
    await producer.publish([letter]);
  } catch (error) {
    if (!isRefusedRecord(error)) throw error;
    const headers = { ...letter.headers, [header.omitted]: String(letter.value.length) };
    await producer.publish([{ ...letter, value: Buffer.alloc(0), headers }]);
  }
}

async function bury(deps: BatchDeps, dead: { message: RawMessage; reason: string; detail: string }[]) {
  if (dead.length === 0) return;
  const records: OutgoingRecord[] = dead.map(({ message, reason, detail }) =>
    deadLetter(deps.group, message, reason, detail),
  );
  // One by one for the producer, which sends them together all the same: a refusal then concerns one letter.
  await Promise.all(records.map((letter) => publishLetter(deps.producer, letter)));
  await deps.parking.park(dead);
  const reasons = [...new Set(dead.map((entry) => entry.reason))];
  deps.telemetry.log.warn({ group: deps.group, letters: dead.length, reasons }, 'messages went to the dead letters');
}

/** Runs without marks in between are handled together; a mark frees its key before what follows it is looked at. */
function splitAtMarks(messages: RawMessage[], isMark: (message: RawMessage) => boolean): RawMessage[][] {
  const runs: RawMessage[][] = [[]];
  for (const message of messages) {
    runs.at(-1)!.push(message);
    if (isMark(message)) runs.push([]);
  }
  return runs.filter((run) => run.length > 0);
}

async function processRun(
  deps: BatchDeps,
  messages: RawMessage[],
  context: HandleContext,
  together: boolean,
): Promise<BatchOutcome> {
  const steps = classify(messages, deps);
  const deliveries = steps.flatMap((step) => (step.delivery ? [step.delivery] : []));
  const failed = await applyBatch(deps.handle, deliveries, context, deps.telemetry.log, together);
  const dead = deadOf(steps, failed);
  await bury(deps, dead);
  for (const step of steps) if (step.mark) await deps.parking.unpark(step.message);
  return { delivered: deliveries.length - failed.length, dead: dead.length };
}

function deadOf(steps: Step[], failed: DeadDelivery[]) {
  const reasons = new Map(failed.map((entry) => [entry.delivery, entry]));
  return steps.flatMap(({ message, delivery, dead }) => {
    const verdict = dead ?? (delivery ? reasons.get(delivery) : undefined);
    return verdict ? [{ message, reason: verdict.reason, detail: verdict.detail }] : [];
  });
}

/** Recorded spans that messages of the batch come from. The rest is not even parsed: a batch may have thousands. */
function sendersOf(messages: RawMessage[]): SpanContext[] {
  const senders: SpanContext[] = [];
  for (const { headers } of messages) {
    if (!('traceparent' in headers)) continue;
    const sender = parseTraceparent(headers.traceparent?.toString());
    if (sender?.traceFlags === TraceFlags.SAMPLED) senders.push(sender);
    if (senders.length === MOST_SENDERS) break;
  }
  return senders;
}

/**
 * Takes one batch from bytes to effect: decode, handle, bury, unpark. Offsets are the caller's, last. Throws `NotTogether` when a batch of
 * several partitions failed: nothing of it was buried, and each is to come by itself.
 */
export async function processBatch(
  deps: BatchDeps,
  messages: RawMessage[],
  context: HandleContext,
  partitions = 1,
): Promise<BatchOutcome> {
  const [first, ...others] = sendersOf(messages);
  const topic = messages[0]?.topic ?? '';
  const work = async () => {
    const total: BatchOutcome = { delivered: 0, dead: 0 };
    const runs = splitAtMarks(messages, ({ headers }) => 'dlq-unpark' in headers);
    for (const run of runs) {
      // What was buried and unparked before a mark must not be so again.
      const outcome = await processRun(deps, run, context, partitions > 1 && runs.length === 1);
      total.delivered += outcome.delivered;
      total.dead += outcome.dead;
    }
    return total;
  };
  // A span per batch, and only when somebody upstream is traced: a span per event would cost more than the event.
  if (!first) return work();
  const parent = trace.setSpanContext(ROOT_CONTEXT, first);
  return deps.telemetry.tracer.startActiveSpan(
    `process ${topic}`,
    {
      kind: SpanKind.CONSUMER,
      links: others.map((context) => ({ context })),
      attributes: { 'messaging.batch.message_count': messages.length, 'messaging.destination.name': topic },
    },
    parent,
    async (span) => {
      try {
        return await work();
      } finally {
        span.end();
      }
    },
  );
}
