import { cutBySize } from '@throughline/core';
import { insertBytes } from '@throughline/store';
import type { mongo } from 'mongoose';
import type { Row } from '../domain/merge';
import { placeOf, rowKey } from '../domain/place';
import type { RowPage, RowRange, Timeline } from '../use-cases/ports';
import { readEntry } from '../wire/entry';
import type { EntryFilter } from './entry-filter';
import { entryFilter } from './entry-filter';
import { createRowBlocks } from './row-block';

/** Half of what one message may hold: the driver writes an insert into a buffer of 17 MB, and the server answers with at most 16. */
const MOST_BYTES = 8 * 1024 * 1024;
/** Rows looked at for one filtered page of one contact point before the caller is asked to go on. */
export const SEARCH_ROWS = 5_000;

type Plain = { _id: Buffer; e: Buffer };

const lengthOf = (bytes: Buffer): number => bytes.length;

/** Rows of the timeline on MongoDB. */
export const createTimeline = (db: mongo.Db, searchRows = SEARCH_ROWS): Timeline => {
  const collection = db.collection<Plain & { o?: string }>('timeline');
  const blocks = createRowBlocks();
  const reading = { promoteBuffers: true } as const;

  // One bare command, one answer: the driver's cursor costs as much again as all the rest of a page. It is a read, so what
  // went wrong on the way is simply asked once more.
  const oneBatch = async (range: RowRange): Promise<Plain[] | undefined> => {
    try {
      const { cursor } = await db.command(
        { find: 'timeline', ...pageOf(range), singleBatch: true, readConcern },
        reading,
      );
      const rows = cursor.firstBatch as Plain[];
      // The server cuts an answer before it reaches 16 MB; then less than asked for does not mean that there is no more.
      return rows.length === range.limit || bytesOf(rows) < MOST_BYTES ? rows : undefined;
    } catch (error) {
      if (/^MongoServerSelection/.test((error as Error).name)) throw error;
      return undefined;
    }
  };

  const byCursor = async (range: RowRange): Promise<Plain[]> => {
    const { filter, ...options } = pageOf(range);
    return (await collection.find(filter, { ...reading, ...options }).toArray()) as unknown as Plain[];
  };

  const plain = async (range: RowRange): Promise<Row[]> => (await oneBatch(range)) ?? byCursor(range);

  // Looks at rows chunk by chunk, and at no more than `searchRows` of them however rare what is looked for may be.
  const filtered = async (range: RowRange, wanted: EntryFilter): Promise<RowPage> => {
    const rows: Row[] = [];
    let rest = range;
    for (let looked = 0, chunk = range.limit * 4; ; chunk = 1_000) {
      const limit = Math.min(chunk, searchRows - looked);
      const found = await plain({ ...rest, limit });
      for (const row of found) if (rows.length < range.limit && wanted(row.e)) rows.push(row);
      looked += found.length;
      if (rows.length >= range.limit || found.length < limit) return { rows };
      const last = Buffer.from(placeOf(found.at(-1)!._id));
      if (looked >= searchRows) return { rows, searchedTo: last };
      rest = range.oldestFirst ? { ...range, after: last } : { ...range, before: last };
    }
  };

  return {
    block: blocks.open,
    async insert(rows) {
      if (!blocks.isOne(rows)) throw new TypeError('rows are filed in a block of this timeline');
      try {
        for (const parts of cutBySize(rows.parts(), lengthOf, MOST_BYTES)) await insertBytes(db, 'timeline', parts);
      } finally {
        rows.release();
      }
    },
    async range(range) {
      const wanted = range.filter && entryFilter(range.filter);
      return wanted ? filtered(range, wanted) : { rows: await plain(range) };
    },
    async pointsOfConversations(keys) {
      const found = await collection.find({ o: { $in: keys } }, { ...reading, projection: { o: 1, e: 1 } }).toArray();
      return new Map(found.map((row) => [row.o!, readEntry(row.e as unknown as Buffer).contactPoint]));
    },
  };
};

const readConcern = { level: 'majority' } as const;

const bytesOf = (rows: Plain[]): number => rows.reduce((sum, row) => sum + row.e.length, 0);

const bounds = (range: RowRange): mongo.Document => ({
  _id: { $gt: rowKey(range.point, range.after), $lt: rowKey(range.point, range.before) },
});

const pageOf = (range: RowRange) => ({
  filter: bounds(range),
  projection: { _id: 1, e: 1 },
  sort: { _id: range.oldestFirst ? 1 : -1 } as const,
  limit: range.limit,
  batchSize: range.limit + 1,
});
