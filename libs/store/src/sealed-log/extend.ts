import type { HeadDoc, SealedDoc, SealedValue, SealKey } from './seal';
import { placeOf, sealOfHead, sealOfRecord } from './seal';

/**
 * Records to insert after a head, in the order given, and the head that follows. Pure: whoever writes them makes sure that the
 * head is still the same (one transaction, or a filter on its `seq`), or two writers would give one number twice.
 */
export const extendChain = (
  chain: string,
  head: Pick<HeadDoc, 'seq' | 'last'> | undefined,
  entries: Record<string, SealedValue>[],
  key: SealKey,
): { records: SealedDoc[]; head: HeadDoc } => {
  let seq = head?.seq ?? 0;
  let last = head?.last ?? '';
  const records = entries.map((fields) => {
    seq += 1;
    const record: SealedDoc = { ...fields, _id: placeOf(chain, seq), chain, seq, kid: key.kid, prev: last, seal: '' };
    record.seal = sealOfRecord(record, key.secret);
    last = record.seal;
    return record;
  });
  const next = { _id: chain, seq, last, kid: key.kid };
  return { records, head: { ...next, seal: sealOfHead(next, key.secret) } };
};
