// What the page floors share: one native find of a page, and the page as JSON.
import { conversationV1, journeyV1 } from '@throughline/proto';
import { mongo } from 'mongoose';

interface StoredRow {
  _id: Buffer;
  /** An encoded TimelineEntry. */
  e: Buffer;
}

export type FindPage = (point: Buffer) => Promise<StoredRow[]>;

/** The newest twenty rows of a contact point, given the first 16 bytes of their keys. */
export const openPages = async (): Promise<FindPage> => {
  const client = await new mongo.MongoClient(process.env['MONGO_URL']!).connect();
  const rows = client.db(process.env['MONGO_DB']!).collection('timeline');
  return async (point) => {
    const range = {
      $gt: Buffer.concat([point, Buffer.alloc(18, 0)]),
      $lt: Buffer.concat([point, Buffer.alloc(18, 255)]),
    };
    const found = await rows
      .find({ _id: range as never }, { promoteBuffers: true, projection: { _id: 1, e: 1 } })
      .sort({ _id: -1 })
      .limit(21)
      .batchSize(22)
      .toArray();
    return found.slice(0, 20) as unknown as StoredRow[];
  };
};

/** The page as an object that JSON can write, with the fact inside each entry. */
export const pageJson = (rows: StoredRow[]) => ({
  entries: rows.map(({ e }) => {
    const entry = journeyV1.TimelineEntry.decode(e);
    const { typeUrl, value } = entry.data!;
    const fact = conversationV1.MessageReceived.toJSON(conversationV1.MessageReceived.decode(value)) as object;
    return { ...(journeyV1.TimelineEntry.toJSON(entry) as object), data: { '@type': typeUrl, ...fact } };
  }),
});

/** The point named in `/customers/{id}/timeline`, which is the customer's id. */
export const pointInPath = (path: string): Buffer => Buffer.from(path.split('/')[2]!.replaceAll('-', ''), 'hex');
