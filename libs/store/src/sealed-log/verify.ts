import type { mongo } from 'mongoose';
import type { Anchor, SealFault } from './judge';
import { createJudge, endFaults } from './judge';
import type { HeadDoc, SealedDoc, SealKey } from './seal';
import { placeOf, placesOf } from './seal';

/** Where the records of a log are, and the heads of its chains. */
export interface SealedLogPlace {
  records: string;
  heads: string;
}

export interface VerifyOptions {
  keys: SealKey[];
  chain: string;
  /** Begin after this record; it is taken as it is. Default 0. */
  afterSeq?: number | undefined;
  /** Look at no more than this many. Default: all. */
  most?: number | undefined;
  /** The end of the chain as noted earlier. Looked at when the end is reached. */
  anchor?: Anchor | undefined;
}

export interface Verification {
  checked: number;
  /** Number of the last record looked at: where to go on. */
  through: number;
  /** Whether the end was reached, and head and anchor looked at. */
  complete: boolean;
  /** At most 100. */
  faults: SealFault[];
  /** The end of the chain now; note it elsewhere, and give it as anchor next time. */
  anchor: Anchor;
}

const MOST_FAULTS = 100;

/** Reads a chain and names every record that was altered, taken away, moved or cut off since it was sealed. */
export const verifyChain = async (
  db: mongo.Db,
  { records, heads }: SealedLogPlace,
  { keys, chain, afterSeq = 0, most = Number.MAX_SAFE_INTEGER, anchor }: VerifyOptions,
): Promise<Verification> => {
  const docs = db.collection<SealedDoc>(records);
  const at = (seq: number) => docs.findOne({ _id: placeOf(chain, seq) });
  // Before the records: what is sealed meanwhile may be beyond this head, never missing below it.
  const head = (await db.collection<HeadDoc>(heads).findOne({ _id: chain })) ?? undefined;
  const before = afterSeq > 0 ? ((await at(afterSeq)) ?? undefined) : undefined;
  const judge = createJudge(chain, keys, afterSeq, before);
  const faults: SealFault[] = [];
  let checked = 0;
  let lastSeal = before?.seal ?? '';
  const cursor = docs.find({ _id: placesOf(chain, afterSeq) }, { sort: { _id: 1 }, batchSize: 1_000 });
  for await (const doc of cursor) {
    if (checked >= most) {
      return {
        checked,
        through: judge.lastSeq(),
        complete: false,
        faults,
        anchor: { seq: judge.lastSeq(), seal: lastSeal },
      };
    }
    checked += 1;
    const found = judge.look(doc);
    if (faults.length < MOST_FAULTS) faults.push(...found);
    lastSeal = doc.seal;
  }
  const lastSeq = judge.lastSeq();
  const atHead = head ? (await at(head.seq))?.seal : undefined;
  const atAnchor = anchor ? (await at(anchor.seq))?.seal : undefined;
  faults.push(...endFaults(keys, { head, lastSeq, atHead, anchor, atAnchor }));
  return {
    checked,
    through: lastSeq,
    complete: true,
    faults: faults.slice(0, MOST_FAULTS),
    anchor: { seq: lastSeq, seal: lastSeal },
  };
};

/** Names of the chains that have a record or a head. */
export const chainsOf = async (db: mongo.Db, { records, heads }: SealedLogPlace): Promise<string[]> => {
  const names = new Set((await db.collection<HeadDoc>(heads).find().toArray()).map(({ _id }) => _id));
  const docs = db.collection<SealedDoc>(records);
  for (let after = ''; ; ) {
    const next = await docs.findOne({ _id: { $gt: after } }, { sort: { _id: 1 }, projection: { _id: 1 } });
    if (!next) break;
    const chain = next._id.split('/')[0]!;
    names.add(chain);
    after = `${chain}0`;
  }
  return [...names].sort();
};
