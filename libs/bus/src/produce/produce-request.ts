/** One partition's batch of a request. */
export interface PartitionBatch {
  topic: string;
  partition: number;
  batch: Buffer;
}

export interface PartitionAnswer {
  topic: string;
  partition: number;
  errorCode: number;
}

const text = (value: string): Buffer => {
  const bytes = Buffer.allocUnsafe(2 + Buffer.byteLength(value));
  bytes.writeInt16BE(bytes.length - 2, 0);
  bytes.write(value, 2);
  return bytes;
};
const int32 = (value: number): Buffer => {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32BE(value, 0);
  return bytes;
};

function encodeBody(batches: PartitionBatch[], timeoutMs: number): Buffer {
  const topics = new Map<string, PartitionBatch[]>();
  for (const batch of batches) {
    const others = topics.get(batch.topic);
    if (others) others.push(batch);
    else topics.set(batch.topic, [batch]);
  }
  // No transactional id, acks of all in-sync replicas.
  const head = Buffer.from([0xff, 0xff, 0xff, 0xff]);
  const parts: Buffer[] = [head, int32(timeoutMs), int32(topics.size)];
  for (const [topic, list] of topics) {
    parts.push(text(topic), int32(list.length));
    for (const { partition, batch } of list) parts.push(int32(partition), int32(batch.length), batch);
  }
  return Buffer.concat(parts);
}

function decodeAnswer(payload: Buffer): { answers: PartitionAnswer[] } {
  const answers: PartitionAnswer[] = [];
  let at = 4;
  for (let topics = payload.readInt32BE(0); topics > 0; topics--) {
    const length = payload.readInt16BE(at);
    const topic = payload.toString('utf8', at + 2, at + 2 + length);
    at += 2 + length;
    const partitions = payload.readInt32BE(at);
    at += 4;
    for (let i = 0; i < partitions; i++) {
      answers.push({ topic, partition: payload.readInt32BE(at), errorCode: payload.readInt16BE(at + 4) });
      // Then base offset, append time and log start offset.
      at += 4 + 2 + 24;
    }
  }
  return { answers };
}

/** A Produce request (version 7) in the shape the client's connections send: they add header, correlation and time-out. */
export const produceRequest = (batches: PartitionBatch[], timeoutMs: number) => ({
  request: {
    apiKey: 0,
    apiVersion: 7,
    apiName: 'Produce',
    expectResponse: () => true,
    encode: async () => {
      const body = encodeBody(batches, timeoutMs);
      return { buf: body, buffer: body, size: () => body.length };
    },
  },
  response: { decode: async (payload: Buffer) => decodeAnswer(payload), parse: async (data: unknown) => data },
});
