// Sends the channel mix at a steady rate, whatever becomes of it: each event carries the moment it was due in a header. Its own process, so that
// neither the measured programs nor the observer hold it up. It tells its parent the moment of event 0;
// event n is due n / RATE seconds later. WARM_UP events without that header go before, one after another.
import { channelMix } from './channel-mix';
import { partitionOf } from './partition';
import { kafkaOf, PARTITIONS } from './preload';

export const INTENDED_AT = 'intended-at';

/** The moment on this machine in ms since 1970, with fractions. */
export const preciseNow = (): number => performance.timeOrigin + performance.now();

export const dueAt = (startAt: number, perSecond: number, n: number): number => startAt + (n * 1000) / perSecond;

const TICK_MS = 2;
/** Time for whoever counts to hear of it. */
export const LEAD_MS = 500;

const main = async (): Promise<void> => {
  const env = process.env as Record<'KAFKA_BROKERS' | 'TOPIC' | 'RATE' | 'EVENTS', string>;
  const [rate, events] = [Number(env.RATE), Number(env.EVENTS)];
  const producer = kafkaOf(env.KAFKA_BROKERS).producer({ idempotent: false, maxInFlightRequests: 1 });
  await producer.connect();
  const plain = [...channelMix(events)].map(({ key, value }) => ({
    key,
    value,
    partition: partitionOf(key, PARTITIONS),
  }));
  // A topic's first request asks for its partitions; that must not delay event 0.
  await producer.send({ topic: env.TOPIC, acks: -1, messages: [] });
  for (let n = 0; n < Number(process.env['WARM_UP'] ?? 0); n++) {
    await producer.send({ topic: env.TOPIC, acks: -1, messages: [plain[n % events]!] });
  }
  const startAt = preciseNow() + LEAD_MS;
  process.send!({ startAt });
  let sent = 0;
  let sending = false;
  await new Promise<void>((resolve, reject) => {
    const tick = async () => {
      if (sending) return;
      const due = Math.min(events, Math.floor(((preciseNow() - startAt) * rate) / 1000) + 1);
      if (due <= sent) return;
      // One request at a time keeps the order; what becomes due meanwhile goes with the next and counts from when it was due.
      sending = true;
      const batch = plain.slice(sent, Math.min(due, sent + 2_000)).map((message, i) => ({
        ...message,
        headers: { [INTENDED_AT]: dueAt(startAt, rate, sent + i).toFixed(3) },
      }));
      sent += batch.length;
      await producer.send({ topic: env.TOPIC, acks: -1, messages: batch });
      sending = false;
      if (sent < events) return void tick().catch(reject);
      clearInterval(timer);
      resolve();
    };
    const timer = setInterval(() => void tick().catch(reject), TICK_MS);
  });
  await producer.disconnect();
};

if (require.main === module) {
  main().then(
    () => process.exit(0),
    (error) => {
      console.error(error);
      process.exit(1);
    },
  );
}
