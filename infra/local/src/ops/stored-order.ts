import { mongo } from 'mongoose';

const { BSON } = mongo;
const EMBEDDED = 3;
const ARRAY = 4;
const textOf = new TextDecoder();

/**
 * A document with its fields in the order in which they are stored. A plain object would move names that look like numbers
 * (`{ "5": 2, "4": 1 }`, answers counted by value) to the front and sort them: another document, byte by byte.
 */
export const inStoredOrder = (bytes: Uint8Array): Map<string, unknown> => {
  const values = BSON.deserialize(bytes, { promoteValues: false, promoteBuffers: false, bsonRegExp: true });
  const ordered = new Map<string, unknown>();
  for (const [type, nameAt, nameLength, at, length] of BSON.onDemand.parseToElements(bytes)) {
    const name = textOf.decode(bytes.subarray(nameAt, nameAt + nameLength));
    const inner = () => inStoredOrder(bytes.subarray(at, at + length));
    ordered.set(name, type === EMBEDDED ? inner() : type === ARRAY ? [...inner().values()] : values[name]);
  }
  return ordered;
};
