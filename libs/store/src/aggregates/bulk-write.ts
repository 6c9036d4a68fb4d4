import type { mongo } from 'mongoose';
import { duplicatesOf } from '../write-new';
import type { Envelope } from './document';

/** Writes documents behind their version fences in one command; gives the ids whose version had moved. */
export async function bulkWrite(
  collection: mongo.Collection<Envelope>,
  writes: { doc: Envelope; before: number | undefined }[],
): Promise<Set<string>> {
  const operations = writes.map(({ doc, before }) =>
    before === undefined
      ? { insertOne: { document: doc } }
      : { replaceOne: { filter: { _id: doc._id, version: before }, replacement: doc, upsert: true } },
  );
  // An upsert under a moved version meets the existing _id: so a conflict is reported by position, not by count.
  const conflicts = await duplicatesOf(() => collection.bulkWrite(operations as never, { ordered: false }));
  return new Set(conflicts.map((index) => writes[index]!.doc._id));
}
