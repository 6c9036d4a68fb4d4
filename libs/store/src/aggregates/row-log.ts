import { cutBySize, hash16 } from '@throughline/core';
import { mongo } from 'mongoose';
import { bsonOf } from '../document-sequence';
import type { Store } from '../types';
import { insertBytes } from '../write-new';
import type { StoredEvent } from './document';

/** One change of one aggregate. Its `_id` is the aggregate and the version that the change leads to. */
export interface Row {
  _id: mongo.Binary;
  /** Id of the aggregate, and its tenant. */
  k: string;
  t: string;
  v: number;
  /** Number of its last event. */
  q: number;
  /** The change itself. */
  c: string;
  /** The events that go out with it. */
  o: StoredEvent[];
  /** The write it came with. */
  b: string;
  /** For the index that forgets rows. The last field, so that it can be set in the bytes. */
  at: Date;
}

const MOST_BYTES = 8_000_000;

/** Rows of one aggregate lie side by side, in the order of their versions. */
export const rowId = (id: string, version: number): mongo.Binary => {
  const bytes = Buffer.allocUnsafe(20);
  hash16('row', id).copy(bytes, 0);
  bytes.writeUInt32BE(version, 16);
  return new mongo.Binary(bytes);
};

const TIME = 8;

/** A row before it is known when it is written. */
export const rowAhead = (row: Omit<Row, 'at'>): Buffer => bsonOf({ ...row, at: new Date(0) });

/** Says in the bytes of a row when it is written. A document ends with its last field and a zero. */
export const setRowTime = (row: Buffer, at: number): void => {
  row.writeBigInt64LE(BigInt(at), row.length - TIME - 1);
};

/** The changes that documents do not show yet. A row is the fence of its version: whoever inserts it first has made the change. */
export const createRowLog = (store: Pick<Store, 'db'>, collection: string) => {
  const rows = () => store.db.collection<Row>(collection);

  return {
    /** Inserts them, durably; gives those whose version somebody else has made. */
    async insert<R extends { row: Buffer }>(all: R[]): Promise<Set<R>> {
      const lost = new Set<R>();
      for (const part of cutBySize(all, ({ row }) => row.length, MOST_BYTES)) {
        const bytes = part.map(({ row }) => row);
        for (const index of await insertBytes(store.db, collection, bytes)) lost.add(part[index]!);
      }
      return lost;
    },
    /** The rows that follow a version, in order, of those aggregates that have any. */
    async after(versions: Map<string, number>): Promise<Map<string, Row[]>> {
      const tails = new Map<string, Row[]>();
      let wanted = [...versions].map(([id, version]) => rowId(id, version + 1));
      // Nearly always none is there, so that this is one look at the index; there is one round more than the longest tail.
      while (wanted.length > 0) {
        const found = await rows()
          .find({ _id: { $in: wanted } })
          .toArray();
        for (const row of found) tails.set(row.k, [...(tails.get(row.k) ?? []), row]);
        wanted = found.map(({ k, v }) => rowId(k, v + 1));
      }
      return tails;
    },
  };
};
