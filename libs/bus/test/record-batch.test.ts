import fc from 'fast-check';
import { Partitioners } from 'kafkajs';
import { crc32c } from '../src/produce/crc32c';
import { partitionOf } from '../src/produce/partitioner';
import type { BatchRecord } from '../src/produce/record-batch';
import { encodeRecordBatch } from '../src/produce/record-batch';

// The client's own reader of the same format is the other opinion.
const Decoder = require('kafkajs/src/protocol/decoder');
const decodeBatch = require('kafkajs/src/protocol/recordBatch/v0/decoder');

interface Decoded {
  records: { key: Buffer; value: Buffer; offset: string; timestamp: string; headers: Record<string, Buffer> }[];
}

// The client reads headers into a plain object: a name of Object's own prototype ("constructor") does not survive there.
const name = fc.string({ minLength: 1, unit: 'binary' }).filter((text) => !(text in {}));
const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const record: fc.Arbitrary<BatchRecord> = fc.record({
  key: bytes,
  value: fc.oneof(bytes, fc.constant(Buffer.alloc(9_000, 7))),
  headers: fc.uniqueArray(fc.tuple(name, fc.oneof(bytes, fc.string())), {
    selector: ([name]) => name,
    maxLength: 3,
  }),
});

it('writes what the client reads', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 70 }), async (records) => {
      const batch = encodeRecordBatch(records, 1_770_000_000_123);
      const decoded: Decoded = await decodeBatch(new Decoder(batch));
      expect(decoded.records.map(({ key, value }) => [key, value])).toEqual(
        records.map(({ key, value }) => [key, value]),
      );
      expect(decoded.records.map(({ offset }) => offset)).toEqual(records.map((_, i) => String(i)));
      expect(new Set(decoded.records.map(({ timestamp }) => timestamp))).toEqual(new Set(['1770000000123']));
      for (const [i, { headers }] of records.entries()) {
        const given = headers.map(([name, value]) => [name, Buffer.from(value as Buffer)]);
        expect(Object.entries(decoded.records[i]!.headers)).toEqual(expect.arrayContaining(given));
      }
    }),
    { numRuns: 30 },
  );
});

// Check values of the Castagnoli polynomial: RFC 3720, appendix B.4, and the usual nine digits.
it.each([
  ['123456789', Buffer.from('123456789'), 0xe3069283],
  ['32 zeros', Buffer.alloc(32), 0x8a9136aa],
  ['32 ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
  ['0 to 31', Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e],
])('checksum of %s', (_name, data, expected) => {
  expect(crc32c(data, 0, data.length)).toBe(expected);
  const shifted = Buffer.concat([Buffer.from([1, 2, 3]), data, Buffer.from([4])]);
  expect(crc32c(shifted, 3, 3 + data.length)).toBe(expected);
});

it("puts every key where the client's own partitioner puts it", () => {
  const theirs = Partitioners.DefaultPartitioner();
  const partitionMetadata = Array.from({ length: 12 }, (_, partitionId) => ({ partitionId, leader: 1 })) as never;
  fc.assert(
    fc.property(
      fc.oneof(
        bytes,
        fc.string({ unit: 'binary', minLength: 1 }).map((text) => Buffer.from(text)),
      ),
      (key) => {
        expect(partitionOf(key, 12)).toBe(theirs({ topic: 't', partitionMetadata, message: { key, value: null } }));
      },
    ),
  );
});
