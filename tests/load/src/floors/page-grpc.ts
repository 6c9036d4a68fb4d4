// F3g: a grpc-js handler with one native find of the same page, answered from the same stored bytes. No caller check, validation or telemetry.
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { openPages } from './page';

const field = (tag: number, bytes: Buffer): Buffer[] => {
  const head = [tag];
  let rest = bytes.length;
  for (; rest > 127; rest >>>= 7) head.push((rest & 127) | 128);
  head.push(rest);
  return [Buffer.from(head), bytes];
};

const main = async (): Promise<void> => {
  const find = await openPages();
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
        const found = await find(call.request);
        answer(null, Buffer.concat(found.flatMap(({ e }) => field(10, e))));
      } catch (error) {
        answer(error as Error);
      }
    },
  });
  server.bindAsync(`127.0.0.1:${process.env['GRPC_PORT']}`, ServerCredentials.createInsecure(), () => undefined);
};

void main();
