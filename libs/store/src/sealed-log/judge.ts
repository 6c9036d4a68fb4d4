import type { HeadDoc, SealedDoc, SealKey } from './seal';
import { sealOfHead, sealOfRecord, seqOfPlace } from './seal';

/** What is wrong with a chain. */
export type SealFaultKind =
  | 'ALTERED'
  | 'MISSING'
  | 'MOVED'
  | 'RELINKED'
  | 'TRUNCATED'
  | 'HEAD_ALTERED'
  | 'HEAD_MISSING';

export interface SealFault {
  kind: SealFaultKind;
  /** The record, or the first of those that are concerned; 0 when it is the head alone. */
  seq: number;
  /** One sentence for a person. */
  text: string;
}

/** The end of a chain as somebody noted it at a time when all was well. */
export interface Anchor {
  seq: number;
  seal: string;
}

interface Before {
  seq: number;
  seal: string;
  /** Whether its seal may be relied on. */
  sound: boolean;
}

const secretOf = (keys: SealKey[], kid: number): string | undefined => keys.find((key) => key.kid === kid)?.secret;

/** Whether a head carries the seal of one of the keys. */
export const isSoundHead = (head: HeadDoc, keys: SealKey[]): boolean => {
  const secret = secretOf(keys, head.kid);
  return secret !== undefined && sealOfHead(head, secret) === head.seal;
};

const faultOf = (doc: SealedDoc, place: number, chain: string, keys: SealKey[]): SealFault | undefined => {
  const secret = secretOf(keys, doc.kid);
  if (secret === undefined)
    return { kind: 'ALTERED', seq: place, text: `record ${place} names the key ${doc.kid}, which is not known` };
  if (sealOfRecord(doc, secret) !== doc.seal)
    return { kind: 'ALTERED', seq: place, text: `record ${place} is not what was sealed` };
  if (doc.seq !== place || doc.chain !== chain)
    return { kind: 'MOVED', seq: place, text: `record ${place} was sealed as ${doc.chain}/${doc.seq}` };
  return undefined;
};

/**
 * Looks at the records of a chain in the order of their places. Each fault is told where it is: a record that was taken away does
 * not make those after it wrong. `before` is the record `afterSeq`, which comes before the first one looked at.
 */
export const createJudge = (chain: string, keys: SealKey[], afterSeq = 0, before?: SealedDoc) => {
  let last: Before = before
    ? { seq: afterSeq, seal: before.seal, sound: faultOf(before, afterSeq, chain, keys) === undefined }
    : { seq: Math.max(0, afterSeq - 1), seal: '', sound: afterSeq === 0 };
  return {
    /** Number of the last record looked at. */
    lastSeq: (): number => last.seq,
    look(doc: SealedDoc): SealFault[] {
      const place = seqOfPlace(chain, doc._id);
      if (place === undefined) return [{ kind: 'MOVED', seq: 0, text: `${String(doc._id)} is no place of a record` }];
      const faults: SealFault[] = [];
      const due = last.seq + 1;
      if (place > due) {
        const which = place === due + 1 ? `record ${due} is` : `records ${due} to ${place - 1} are`;
        faults.push({ kind: 'MISSING', seq: due, text: `${which} missing` });
      }
      const own = faultOf(doc, place, chain, keys);
      const linked = place !== due || !last.sound || doc.prev === last.seal;
      if (own) faults.push(own);
      else if (!linked)
        faults.push({
          kind: 'RELINKED',
          seq: place,
          text: `the record before ${place} is not the one that it was sealed after`,
        });
      last = { seq: place, seal: doc.seal, sound: own === undefined };
      return faults;
    },
  };
};

/** What the head, and an anchor of an earlier day, say about a chain whose end is the record `lastSeq`. */
export const endFaults = (
  keys: SealKey[],
  found: {
    head: HeadDoc | undefined;
    lastSeq: number;
    /** Seal of the record that the head names. */
    atHead: string | undefined;
    anchor?: Anchor | undefined;
    /** Seal of the record that the anchor names. */
    atAnchor?: string | undefined;
  },
): SealFault[] => {
  const { head, lastSeq, anchor } = found;
  const faults: SealFault[] = [];
  if (!head) {
    if (lastSeq > 0) faults.push({ kind: 'HEAD_MISSING', seq: lastSeq, text: 'there are records and no head' });
  } else if (!isSoundHead(head, keys)) {
    faults.push({ kind: 'HEAD_ALTERED', seq: head.seq, text: 'the head is not what was sealed' });
  } else if (lastSeq < head.seq) {
    faults.push({ kind: 'TRUNCATED', seq: lastSeq + 1, text: `records ${lastSeq + 1} to ${head.seq} are cut off` });
  } else if (found.atHead !== undefined && found.atHead !== head.last) {
    faults.push({ kind: 'RELINKED', seq: head.seq, text: `record ${head.seq} is not the one that the head names` });
  }
  if (anchor && anchor.seq > 0 && found.atAnchor !== anchor.seal) {
    const cut = anchor.seq > lastSeq;
    const text = cut
      ? `the chain once had ${anchor.seq} records`
      : `record ${anchor.seq} is not the one that was noted then`;
    faults.push({ kind: cut ? 'TRUNCATED' : 'RELINKED', seq: cut ? lastSeq + 1 : anchor.seq, text });
  }
  return faults;
};
