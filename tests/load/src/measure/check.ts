import { journeyV1 } from '@throughline/proto';
import type { mongo } from 'mongoose';

export interface Verdict {
  missing: number;
  doubled: number;
  reordered: number;
  unknown: number;
}

export const clean = (verdict: Verdict): boolean => Object.values(verdict).every((count) => count === 0);

/** Counts the rows of a floor: its `_id` is the event's id. */
export const checkFloor = async (rows: mongo.Collection, expected: number): Promise<Verdict> => {
  const count = await rows.countDocuments();
  return { missing: Math.max(0, expected - count), doubled: Math.max(0, count - expected), reordered: 0, unknown: 0 };
};

const split = (id: string) => ({
  aggregate: id.slice(0, id.lastIndexOf('/')),
  seq: Number(id.slice(id.lastIndexOf('/') + 1)),
});

/**
 * Reads the whole timeline as stored and checks by event ids: gap-free per aggregate, each once, and in the order of the rows of each contact
 * point. `highest` names the last sequence number each aggregate must reach.
 */
export const checkTimeline = async (rows: mongo.Collection, highest: Map<string, number>): Promise<Verdict> => {
  const verdict: Verdict = { missing: 0, doubled: 0, reordered: 0, unknown: 0 };
  const last = new Map<string, number>();
  const seen = new Map<string, Set<number>>();
  const cursor = rows
    .find({}, { promoteBuffers: true, projection: { e: 1 } })
    .sort({ _id: 1 })
    .batchSize(5_000);
  for await (const row of cursor) {
    const { aggregate, seq } = split(journeyV1.TimelineEntry.decode(row['e'] as Buffer).eventId);
    if (!highest.has(aggregate)) verdict.unknown++;
    let numbers = seen.get(aggregate);
    if (!numbers) seen.set(aggregate, (numbers = new Set()));
    if (numbers.has(seq)) verdict.doubled++;
    numbers.add(seq);
    if (seq < (last.get(aggregate) ?? 0)) verdict.reordered++;
    last.set(aggregate, seq);
  }
  for (const [aggregate, top] of highest) {
    for (let seq = 1; seq <= top; seq++) if (!seen.get(aggregate)?.has(seq)) verdict.missing++;
  }
  return verdict;
};
