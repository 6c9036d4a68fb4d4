import { createHash } from 'node:crypto';
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import type { mongo } from 'mongoose';
import { LocalError } from '../local-error';
import type { Place } from './connect';
import { withMongo } from './connect';
import { databasesOf } from './databases';
import { inStoredOrder } from './stored-order';

type CollectionFacts = { documents: number; sha256: string; indexes: mongo.Document[] };

/** What a backup holds, written last: a folder without it is half a backup. */
export type Manifest = {
  at: string;
  /** By service and collection. */
  databases: Record<string, Record<string, CollectionFacts>>;
};

const manifestName = 'manifest.json';
const fileOf = (folder: string, service: string, collection: string) => join(folder, service, `${collection}.bson.gz`);

const collectionsOf = async (db: mongo.Db): Promise<string[]> =>
  (await db.listCollections({ type: 'collection' }, { nameOnly: true }).toArray())
    .map(({ name }) => name)
    .filter((name) => !name.startsWith('system.'))
    .sort();

/** Raw documents in the order of their ids. */
const rawDocuments = (db: mongo.Db, collection: string, session?: mongo.ClientSession) =>
  db
    .collection(collection)
    .find({}, { raw: true, sort: { _id: 1 }, ...(session ? { session } : {}) }) as unknown as AsyncIterable<Uint8Array>;

const plainIndexes = (indexes: mongo.Document[]): mongo.Document[] =>
  indexes.filter(({ name }) => name !== '_id_').map(({ v: _v, ns: _ns, ...index }) => index);

const factsOf = async (
  db: mongo.Db,
  collection: string,
  onBytes: (bytes: Uint8Array) => Promise<void> | void,
  session?: mongo.ClientSession,
): Promise<CollectionFacts> => {
  const hash = createHash('sha256');
  let documents = 0;
  for await (const bytes of rawDocuments(db, collection, session)) {
    hash.update(bytes);
    documents++;
    await onBytes(bytes);
  }
  const indexes = plainIndexes(await db.collection(collection).indexes());
  return { documents, sha256: hash.digest('hex'), indexes };
};

/** Copies every database of ours into a folder: compressed BSON by collection, with counts, hashes and indexes. */
export const backup = async (place: Place, folder: string, services?: string[]): Promise<Manifest> => {
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new LocalError(`${folder} is not empty: a backup goes into a new folder.`);
  return withMongo(place, async (client) => {
    const manifest: Manifest = { at: new Date().toISOString(), databases: {} };
    // One moment for everything, however long the copy takes (the server keeps five minutes of it unless told otherwise).
    const session = client.startSession({ snapshot: true });
    try {
      for (const database of await databasesOf(client, place, services)) {
        const service = database.slice(place.databasePrefix.length);
        const db = client.db(database);
        mkdirSync(join(folder, service), { recursive: true });
        const facts: Record<string, CollectionFacts> = {};
        for (const collection of await collectionsOf(db)) {
          const gzip = createGzip();
          const written = pipeline(gzip, createWriteStream(fileOf(folder, service, collection)));
          facts[collection] = await factsOf(
            db,
            collection,
            (bytes) => (gzip.write(bytes) ? undefined : new Promise<void>((resolve) => gzip.once('drain', resolve))),
            session,
          );
          gzip.end();
          await written;
        }
        manifest.databases[service] = facts;
      }
    } finally {
      await session.endSession();
    }
    writeFileSync(join(folder, manifestName), `${JSON.stringify(manifest, null, 2)}\n`);
    return manifest;
  });
};

export const readManifest = (folder: string): Manifest => {
  const file = join(folder, manifestName);
  if (!existsSync(file)) throw new LocalError(`${file} is missing: this is no backup, or one that did not end.`);
  return JSON.parse(readFileSync(file, 'utf8')) as Manifest;
};

/** Documents of a file, one after the other: each begins with its own length. */
async function* documentsIn(file: string): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(file).pipe(createGunzip())) {
    rest = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
    while (rest.length >= 4 && rest.length >= rest.readInt32LE(0)) {
      const length = rest.readInt32LE(0);
      yield rest.subarray(0, length);
      rest = rest.subarray(length);
    }
  }
  if (rest.length > 0) throw new LocalError(`${file} ends in the middle of a document`);
}

const MOST = 1_000;

const fill = async (collection: mongo.Collection, file: string): Promise<void> => {
  let batch: mongo.Document[] = [];
  const flush = async () => {
    // The server's own ids: the driver would otherwise put one where it sees none, and it does not look into a map.
    if (batch.length > 0) await collection.insertMany(batch, { ordered: true, forceServerObjectId: true });
    batch = [];
  };
  for await (const bytes of documentsIn(file)) {
    batch.push(inStoredOrder(bytes));
    if (batch.length >= MOST) await flush();
  }
  await flush();
};

export type Difference = { service: string; collection: string; what: string };

/** What differs between a backup and databases: counts, hashes of all documents in the order of ids, indexes. */
export const compare = (place: Place, manifest: Manifest): Promise<Difference[]> =>
  withMongo(place, async (client) => {
    const differences: Difference[] = [];
    for (const [service, collections] of Object.entries(manifest.databases)) {
      const db = client.db(`${place.databasePrefix}${service}`);
      for (const [collection, wanted] of Object.entries(collections)) {
        const found = await factsOf(db, collection, () => undefined).catch(() => undefined);
        const tell = (what: string) => differences.push({ service, collection, what });
        if (!found) tell('is missing');
        else if (found.documents !== wanted.documents)
          tell(`${found.documents} documents, ${wanted.documents} expected`);
        else if (found.sha256 !== wanted.sha256) tell('the documents differ');
        else if (
          JSON.stringify(found.indexes.map(({ name }) => name).sort()) !==
          JSON.stringify(wanted.indexes.map(({ name }) => name).sort())
        )
          tell('the indexes differ');
      }
    }
    return differences;
  });

/** Puts a backup into databases that do not exist yet, and says what differs after; nothing when all is equal. */
export const restore = async (place: Place, folder: string): Promise<Difference[]> => {
  const manifest = readManifest(folder);
  await withMongo(place, async (client) => {
    const names = Object.keys(manifest.databases);
    const there = await databasesOf(client, place, names);
    if (there.length > 0)
      throw new LocalError(
        `${there.join(', ')} exist already: a restore never writes over anything. Drop or rename them first.`,
      );
    for (const [service, collections] of Object.entries(manifest.databases)) {
      const db = client.db(`${place.databasePrefix}${service}`);
      for (const [name, { indexes }] of Object.entries(collections)) {
        const collection = await db.createCollection(name);
        await fill(collection as unknown as mongo.Collection, fileOf(folder, service, name));
        if (indexes.length > 0) await collection.createIndexes(indexes as mongo.IndexDescription[]);
      }
    }
  });
  return compare(place, manifest);
};

/** Backs up, restores beside the original under another name, compares, and takes the copy away again. */
export const drill = async (
  place: Place,
  folder: string,
  services?: string[],
): Promise<{ manifest: Manifest; differences: Difference[] }> => {
  const manifest = await backup(place, folder, services);
  const copy = { ...place, databasePrefix: `${place.databasePrefix}drill-` };
  try {
    return { manifest, differences: await restore(copy, folder) };
  } finally {
    await withMongo(place, async (client) => {
      for (const service of Object.keys(manifest.databases))
        await client.db(`${copy.databasePrefix}${service}`).dropDatabase();
    });
  }
};
