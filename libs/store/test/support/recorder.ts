import type { OutgoingRecord, Producer } from '@throughline/bus';
import { decodeMessage } from '@throughline/bus';

/** What is published is looked at here; that it reaches Kafka in order is the bus' own test. */
export function recorder() {
  const published: string[] = [];
  const values: Buffer[] = [];
  let failing: Error | undefined;
  const producer: Producer = {
    async publish(records: OutgoingRecord[]) {
      if (failing) throw failing;
      values.push(...records.map(({ value }) => Buffer.from(value)));
      published.push(...records.map(({ value }) => decodeMessage({ value }).id));
    },
    stats: () => ({ requests: 0, records: 0, bytes: 0 }),
  };
  return { producer, published, values, fail: (error: Error | undefined) => void (failing = error) };
}

/** A fact without content. */
export const event = () => ({
  type: 'x.Counted',
  subject: 'c',
  time: new Date(),
  recordedAt: new Date(),
  data: Buffer.alloc(0),
});
