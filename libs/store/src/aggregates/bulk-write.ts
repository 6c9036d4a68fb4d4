import { transientError } from '@throughline/core';
import type { mongo } from 'mongoose';
import type { Envelope } from './document';

const DUPLICATE = 11000;

/** Writes documents behind their version fences in one command; gives the ids whose version had moved. */
export async function bulkWrite(
  collection: mongo.Collection<Envelope>,
  writes: { doc: Envelope; before: number | undefined }[],
): Promise<Set<string>> {
  const conflicts = new Set<string>();
  const operations = writes.map(({ doc, before }) =>
    before === undefined
      ? { insertOne: { document: doc } }
      : { replaceOne: { filter: { _id: doc._id, version: before }, replacement: doc, upsert: true } },
  );
  try {
    // An upsert under a moved version meets the existing _id: so a conflict is reported by position, not by count.
    await collection.bulkWrite(operations as never, { ordered: false });
  } catch (error) {
    const { writeErrors, result } = error as mongo.MongoBulkWriteError;
    const list = writeErrors ? (Array.isArray(writeErrors) ? writeErrors : [writeErrors]) : [];
    if (list.length === 0 || list.some((failure) => failure.code !== DUPLICATE)) throw error;
    // Conflicts must not hide that the other writes did not reach the majority.
    if (result?.getWriteConcernError()) throw transientError('the majority did not confirm the write', error);
    for (const failure of list) conflicts.add(writes[failure.index]!.doc._id);
  }
  return conflicts;
}
