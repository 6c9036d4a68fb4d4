import { transientError } from '@throughline/core';
import type { mongo } from 'mongoose';
import { documentSequence } from './document-sequence';
import { durableBare } from './durable';

interface Failure {
  index: number;
  code: number;
  errmsg?: string | undefined;
}

interface Reply {
  writeErrors?: Failure[];
}

const DUPLICATE = 11000;

/** Duplicates must not hide that the other writes did not reach the majority: those may be lost, and come again. */
const unconfirmed = (cause: unknown): Error => transientError('the majority did not confirm the write', cause);

/**
 * Runs one unordered write of many and gives the places of those that met what is there already. Any other failure is
 * thrown; one that passes, a line that broke or a majority that did not confirm, as a passing fault.
 */
export const duplicatesOf = async (write: () => Promise<unknown>): Promise<number[]> => {
  try {
    await write();
    return [];
  } catch (error) {
    const { code, writeErrors, result } = error as Partial<mongo.MongoBulkWriteError>;
    const failures = [writeErrors ?? []].flat();
    if (failures.some((failure) => failure.code !== DUPLICATE)) throw error;
    if (result?.getWriteConcernError()) throw unconfirmed(error);
    // The driver wraps a line that broke as a failure of no document, without saying that it may come back.
    if (failures.length === 0) throw writeErrors && typeof code !== 'number' ? unconfirmed(error) : error;
    return failures.map(({ index }) => index);
  }
};

/** Documents to insert, or single replacements, each where `q` finds something or, with `upsert`, nothing. */
export type Writes =
  | { insert: string; documents: mongo.Document[] }
  | { update: string; updates: { q: mongo.Document; u: mongo.Document; upsert: boolean }[] };

const run = async (db: Pick<mongo.Db, 'command'>, collection: string, writes: mongo.Document): Promise<number[]> => {
  const command = { ...writes, ordered: false, writeConcern: durableBare };
  let reply: Reply;
  try {
    reply = (await db.command(command, { ignoreUndefined: true })) as unknown as Reply;
  } catch (error) {
    throw (error as Error).name === 'MongoWriteConcernError' ? unconfirmed(error) : error;
  }
  const { writeErrors = [] } = reply;
  const other = writeErrors.find(({ code }) => code !== DUPLICATE);
  if (other) throw Object.assign(new Error(`write to ${collection}: ${other.errmsg}`), { code: other.code });
  return writeErrors.map(({ index }) => index);
};

/**
 * Writes each of many in one command, durably; gives the places of those whose `_id` or unique key was there already, which is
 * what at-least-once delivery looks like. Fails when any other is not written, and, as a passing fault, when a majority has not
 * confirmed. Fields that are undefined are left out. The bare command: the driver's bulk interface costs as much again for each
 * document. Documents together have to stay well below 16 MB.
 */
export const writeEach = async (db: Pick<mongo.Db, 'command'>, writes: Writes): Promise<number[]> => {
  const [collection, list] = 'insert' in writes ? [writes.insert, writes.documents] : [writes.update, writes.updates];
  return list.length === 0 ? [] : run(db, collection, writes);
};

/** Inserts those documents that are new, durably, as `writeEach` does; gives the places of those that were there already. */
export const insertNew = (
  db: Pick<mongo.Db, 'command'>,
  collection: string,
  documents: mongo.Document[],
): Promise<number[]> => writeEach(db, { insert: collection, documents });

/** As `insertNew`, of documents that are BSON already; each buffer holds one or several, one after the other. */
export const insertBytes = async (
  db: Pick<mongo.Db, 'command'>,
  collection: string,
  documents: Buffer[],
): Promise<number[]> =>
  documents.length === 0
    ? []
    : run(db, collection, { insert: collection, documents: documentSequence('documents', documents) });

/** As `writeEach`, of replacements `{q, u, upsert}` that are BSON already. */
export const updateBytes = async (
  db: Pick<mongo.Db, 'command'>,
  collection: string,
  updates: Buffer[],
): Promise<number[]> =>
  updates.length === 0
    ? []
    : run(db, collection, { update: collection, updates: documentSequence('updates', updates) });
