import { transientError } from '@throughline/core';
import type { mongo } from 'mongoose';

interface Reply {
  writeErrors?: { code: number; errmsg: string }[];
  writeConcernError?: { errmsg: string };
}

const DUPLICATE = 11000;
const writeConcern = { w: 'majority', j: true } as const;

/**
 * Inserts those documents that are new, durably, in one command; gives the number of those that were there already, which is
 * what at-least-once delivery looks like. Fails when any other is not written, and, as a passing fault, when a majority has
 * not confirmed. The bare command: the driver's bulk interface costs as much again for each document. Documents together have
 * to stay well below 16 MB.
 */
export const insertNew = async (
  db: Pick<mongo.Db, 'command'>,
  collection: string,
  documents: mongo.Document[],
): Promise<number> => {
  if (documents.length === 0) return 0;
  const command = { insert: collection, documents, ordered: false, writeConcern };
  const { writeErrors = [], writeConcernError } = (await db.command(command)) as unknown as Reply;
  const other = writeErrors.find(({ code }) => code !== DUPLICATE);
  if (other) throw Object.assign(new Error(`insert into ${collection}: ${other.errmsg}`), { code: other.code });
  if (writeConcernError) throw transientError(`insert into ${collection}: ${writeConcernError.errmsg}`);
  return writeErrors.length;
};
