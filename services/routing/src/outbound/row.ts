import type { OutgoingRecord } from '@throughline/bus';
import { mongo } from 'mongoose';
import type { Decision } from '../domain/decision';
import type { Answer, DocChange, Row } from '../use-cases/ports';
import { packDecisions } from './decision-text';
import { recordsOf } from './proto-event';

/** Decisions of one row and tenant, as kept for good. */
export interface DecisionsDoc {
  _id: string;
  tenantId: string;
  /** When they were made; all of a row are made at one moment. */
  at: number;
  policyIds: string[];
  /** `<tenant>/<decision>` of each. */
  ids: string[];
  text: string;
}

/** A row as it is stored. What is read only by whoever takes over is text: written so, it costs a tenth of nested documents. */
export interface RowDoc {
  _id: string;
  shard: number;
  seq: number;
  by: string;
  at: Date;
  /** `DocChange[]` as JSON. */
  docs?: string;
  decisions?: DecisionsDoc[];
  /** Topic, key and length of each event as JSON, and their bytes one after another. */
  out?: { heads: string; bytes: mongo.Binary };
  answers?: Answer[];
}

export const rowId = (shard: number, seq: number): string =>
  `${String(shard).padStart(4, '0')}/${String(seq).padStart(15, '0')}`;

const decisionsOf = (row: Row): DecisionsDoc[] => {
  const byTenant = new Map<string, Decision[]>();
  for (const decision of row.decisions) {
    const others = byTenant.get(decision.tenantId);
    if (others) others.push(decision);
    else byTenant.set(decision.tenantId, [decision]);
  }
  return [...byTenant].map(([tenantId, list]) => ({
    _id: `${rowId(row.shard, row.seq)}/${tenantId}`,
    tenantId,
    at: list[0]!.at,
    policyIds: [...new Set(list.map(({ policyId }) => policyId))],
    ids: list.map(({ id }) => `${tenantId}/${id}`),
    text: packDecisions(list),
  }));
};

const packRecords = (records: readonly OutgoingRecord[]): NonNullable<RowDoc['out']> => ({
  heads: JSON.stringify(records.map(({ topic, key, value }) => [topic, key, value.length])),
  bytes: new mongo.Binary(Buffer.concat(records.map(({ value }) => value))),
});

/** The events of a stored row, byte for byte. */
export const recordsIn = ({ out }: Pick<RowDoc, 'out'>): OutgoingRecord[] => {
  if (!out) return [];
  const bytes = Buffer.from(out.bytes.buffer);
  let from = 0;
  return (JSON.parse(out.heads) as [string, string, number][]).map(([topic, key, length]) => {
    from += length;
    return { topic, key, value: bytes.subarray(from - length, from) };
  });
};

export const docsIn = ({ docs }: Pick<RowDoc, 'docs'>): DocChange[] => (docs ? (JSON.parse(docs) as DocChange[]) : []);

/** A row as stored, and what is done with it afterwards, encoded once. */
export const encodeRow = (row: Row, by: string) => {
  const records = row.facts.flatMap(recordsOf);
  const decisions = decisionsOf(row);
  const doc: RowDoc = {
    _id: rowId(row.shard, row.seq),
    shard: row.shard,
    seq: row.seq,
    by,
    at: new Date(),
    docs: JSON.stringify(row.docs),
    decisions,
    out: packRecords(records),
    answers: row.answers,
  };
  return { doc, records, decisions };
};

export type Encoded = ReturnType<typeof encodeRow>;
