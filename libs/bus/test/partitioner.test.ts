import fc from 'fast-check';
import { Partitioners } from 'kafkajs';
import { partitioner } from '../src/partitioner';

const partitionMetadata = Array.from({ length: 12 }, (_, partitionId) => ({ partitionId, leader: 1 })) as never;

it("puts every key where the client's own partitioner puts it", () => {
  const ours = partitioner();
  const theirs = Partitioners.DefaultPartitioner();
  const check = (key: string | Buffer) => {
    const args = { topic: 't', partitionMetadata, message: { key, value: null } };
    expect(ours(args)).toBe(theirs(args));
  };
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 60 }), check));
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }).map(Buffer.from), check));
});

it('spreads messages without a key', () => {
  const ours = partitioner();
  const seen = Array.from({ length: 24 }, () => ours({ topic: 't', partitionMetadata, message: { value: null } }));
  expect(new Set(seen).size).toBe(12);
});
