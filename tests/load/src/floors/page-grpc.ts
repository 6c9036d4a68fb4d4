// F3g: a grpc-js handler with one native find of the same page, answered from the same stored bytes. No caller check, validation or telemetry.
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { mongo } from 'mongoose';

const field = (tag: number, bytes: Buffer): Buffer[] => {
  const head = [tag];
  let rest = bytes.length;
  for (; rest > 127; rest >>>= 7) head.push((rest & 127) | 128);
  head.push(rest);
  return [Buffer.from(head), bytes];
};

const main = async (): Promise<void> => {
  const client = await new mongo.MongoClient(process.env['MONGO_URL']!).connect();
  const rows = client.db(process.env['MONGO_DB']!).collection('timeline');
  const server = new Server();
  const page = {
    path: '/floor.Page/Get',
    requestStream: false,
    responseStream: false,
    requestSerialize: (bytes: Buffer) => bytes,
    requestDeserialize: (bytes: Buffer) => bytes,
    responseSerialize: (bytes: Buffer) => bytes,
    responseDeserialize: (bytes: Buffer) => bytes,
  };
  server.addService({ get: page } as never, {
    // The request is the first 16 bytes of the rows' keys.
    get: async (call: { request: Buffer }, answer: (error: Error | null, bytes?: Buffer) => void) => {
      try {
        const range = {
          $gt: Buffer.concat([call.request, Buffer.alloc(18, 0)]),
          $lt: Buffer.concat([call.request, Buffer.alloc(18, 255)]),
        };
        const found = await rows
          .find({ _id: range as never }, { promoteBuffers: true, projection: { _id: 1, e: 1 } })
          .sort({ _id: -1 })
          .limit(21)
          .batchSize(22)
          .toArray();
        answer(null, Buffer.concat(found.slice(0, 20).flatMap((row) => field(10, row['e'] as Buffer))));
      } catch (error) {
        answer(error as Error);
      }
    },
  });
  server.bindAsync(`127.0.0.1:${process.env['GRPC_PORT']}`, ServerCredentials.createInsecure(), () => undefined);
};

void main();
