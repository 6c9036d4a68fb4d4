import { createRequire } from 'node:module';
import { mongo } from 'mongoose';

/** The driver's form of many documents beside a command. It is not in the driver's interface, but the only way in for bytes. */
interface Sequence {
  push(document: unknown, bytes: Uint8Array): number;
}

// The driver is pinned with mongoose, and every write of a clock goes through here in the tests.
const { DocumentSequence } = createRequire(require.resolve('mongoose'))('mongodb/lib/cmap/commands') as {
  DocumentSequence: new (field: string) => Sequence;
};

/** Documents that are BSON already, as the value of a field of a command. */
export const documentSequence = (field: string, documents: Buffer[]): Sequence => {
  const sequence = new DocumentSequence(field);
  for (const bytes of documents) sequence.push(undefined, bytes);
  return sequence;
};

/** A document as BSON, without what is undefined. */
export const bsonOf = (document: mongo.Document): Buffer => {
  const { buffer, byteOffset, byteLength } = mongo.BSON.serialize(document, { ignoreUndefined: true });
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
};
