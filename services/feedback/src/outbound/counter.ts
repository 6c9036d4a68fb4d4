import type { Store } from '@throughline/store';
import type { mongo } from 'mongoose';
import type { CountEntry } from '../domain/score/entry';
import type { Distribution } from '../domain/score/score';
import type { Cells } from '../use-cases/ports';

interface Waiting {
  _id: string;
  tenantId: string;
  version: number;
  /** Entries of this version. */
  toCount?: CountEntry[];
  /** Entries of a version before, which may run beside this one and count them, too. */
  counts?: CountEntry[];
}

interface Cell {
  _id: string;
  tenantId: string;
  scope: string;
  dim: string;
  value: string;
  day: string;
  h: Distribution;
}

const BATCH = 200;

/** What an entry that was counted is called: its day first, so that those of one time stand together however many there are. */
const countedId = (tenantId: string, { day, id }: CountEntry): string => `${tenantId}/${day}/${id}`;

interface Named {
  /** Known by any of them it was counted; counted, it is known by all. */
  names: string[];
  tenantId: string;
  entry: CountEntry;
}

/**
 * What a document leaves to be counted. Versions before look at `counts` alone, so they never see what this one leaves; what
 * they left is counted by whoever comes first, under every name that a version gave it.
 */
const namedOf = ({ tenantId, toCount = [], counts = [] }: Waiting): Named[] => [
  ...toCount.map((entry) => ({ tenantId, entry, names: [countedId(tenantId, entry)] })),
  ...counts.map((entry) => ({ tenantId, entry, names: [countedId(tenantId, entry), `${tenantId}/${entry.id}`] })),
];

/** Where documents leave entries to be counted. */
export const collections = ['dockets', 'invitations', 'cases', 'evaluations'];

/** Cells that an entry grows: of each scope the whole, and one for each dimension it has a value of. */
const cellsOf = (tenantId: string, { scopes, day, dims, add }: CountEntry) =>
  scopes.flatMap((scope) => {
    const wanted = [['total', ''], ...Object.entries(dims).filter(([, value]) => value !== '')] as [string, string][];
    return wanted.map(([dim, value]) => ({
      id: JSON.stringify([tenantId, scope, dim, value, day]),
      cell: { tenantId, scope, dim, value, day },
      add,
    }));
  });

/** The growth of each cell, summed up. */
const growthOf = (entries: { tenantId: string; entry: CountEntry }[]) => {
  const cells = new Map<string, { cell: Omit<Cell, '_id' | 'h'>; add: Record<string, number> }>();
  for (const { tenantId, entry } of entries) {
    for (const { id, cell, add } of cellsOf(tenantId, entry)) {
      const known = cells.get(id) ?? { cell, add: {} };
      for (const [name, by] of Object.entries(add)) known.add[name] = (known.add[name] ?? 0) + by;
      cells.set(id, known);
    }
  }
  return cells;
};

/**
 * Counts what documents leave to be counted. An entry's id and its growth are written in one transaction, so each entry
 * counts once whoever counts it, and whether the process that wrote the document lives or not. What a count costs does not
 * depend on how much was counted before.
 */
export const createCounter = (store: Pick<Store, 'db' | 'mongoose'>) => {
  const counted = () => store.db.collection<{ _id: string; at: Date }>('counted');
  const cells = () => store.db.collection<Cell>('cells');

  const apply = async (docs: Waiting[]): Promise<void> => {
    const entries = new Map(docs.flatMap(namedOf).map((one) => [one.names[0]!, one]));
    const names = [...entries.values()].flatMap((one) => one.names);
    const session = store.mongoose.getClient().startSession() as unknown as mongo.ClientSession;
    try {
      await session.withTransaction(async () => {
        const known = await counted()
          .find({ _id: { $in: names } }, { session, projection: { _id: 1 } })
          .toArray();
        const seen = new Set(known.map(({ _id }) => _id));
        const fresh = [...entries.values()].filter((one) => !one.names.some((name) => seen.has(name)));
        if (fresh.length === 0) return;
        const at = new Date();
        await counted().insertMany(
          fresh.flatMap((one) => one.names.map((_id) => ({ _id, at }))),
          { session },
        );
        const writes = [...growthOf(fresh)].map(([_id, { cell, add }]) => ({
          updateOne: {
            filter: { _id },
            update: {
              $setOnInsert: cell,
              $inc: Object.fromEntries(Object.entries(add).map(([name, by]) => [`h.${name}`, by])),
            },
            upsert: true,
          },
        }));
        await cells().bulkWrite(writes as never, { session, ordered: false });
      });
    } finally {
      await session.endSession();
    }
  };

  const countAll = async (collection: string): Promise<number> => {
    const docs = (await store.db
      .collection(collection)
      // By the indexes of those that wait: looking for the field itself would read every document there is.
      .find({ $or: [{ 'toCount.id': { $exists: true } }, { 'counts.id': { $exists: true } }] })
      .project({ tenantId: 1, version: 1, toCount: 1, counts: 1 })
      .limit(BATCH)
      .toArray()) as unknown as Waiting[];
    if (docs.length === 0) return 0;
    await apply(docs);
    // Whoever changed the document meanwhile brings its entries along once more: they are known and do nothing.
    await store.db.collection<Waiting>(collection).bulkWrite(
      docs.map(({ _id, version }) => ({
        updateOne: { filter: { _id, version }, update: { $unset: { toCount: '', counts: '' } } },
      })) as never,
      { ordered: false },
    );
    return docs.length;
  };

  return {
    /** Counts what waits; gives how many documents that were. */
    async round(): Promise<number> {
      let all = 0;
      for (const collection of collections) {
        for (let done = BATCH; done === BATCH; ) {
          done = await countAll(collection);
          all += done;
        }
      }
      return all;
    },
  };
};

/** Reads the sums of cells. What it costs depends on days and groups, not on answers. */
export const createCells = (store: Pick<Store, 'db'>): Cells => ({
  async sums({ tenantId, scope, dim, fromDay, toDay }) {
    const wanted = dim === 'day' ? 'total' : dim;
    const found = await store.db
      .collection<Cell>('cells')
      .find({
        tenantId: { $eq: tenantId },
        scope: { $eq: scope },
        dim: { $eq: wanted },
        day: { $gte: fromDay, $lt: toDay },
      })
      .project<Pick<Cell, 'value' | 'day' | 'h'>>({ _id: 0, value: 1, day: 1, h: 1 })
      .toArray();
    const sums = new Map<string, Distribution>();
    for (const { value, day, h } of found) {
      const group = dim === 'day' ? day : value;
      const sum = sums.get(group) ?? {};
      for (const [name, n] of Object.entries(h)) if (n !== 0) sum[name] = (sum[name] ?? 0) + n;
      sums.set(group, sum);
    }
    return sums;
  },
});
