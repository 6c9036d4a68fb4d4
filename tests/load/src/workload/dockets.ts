import type { mongo } from 'mongoose';
import { TENANT } from './channel-mix';

const SHARDS = 16;

/** A docket as the service keeps it: one running clock that breaches at `at`. */
export const docketDue = (name: string, n: number, at: number): mongo.Document => ({
  _id: `${TENANT}/${name}${n}`,
  tenantId: TENANT,
  version: 1,
  seq: 0,
  outbox: [],
  outboxBy: '',
  conversationId: `${name}${n}`,
  known: true,
  facts: {
    channel: 'email',
    priority: 'normal',
    topic: '',
    language: '',
    tags: [],
    attributes: [],
    queueId: '',
    assigneeId: '',
    destination: '',
  },
  contactPoint: 'email:ada@example.org',
  issueId: '',
  state: 'open',
  openedAt: new Date(at - 60_000),
  replies: 0,
  reopens: 0,
  mergedInto: '',
  inherited: [],
  seen: 1,
  counts: { time_to_solve: 1 },
  clocks: [
    {
      id: `${name}${n}-time_to_solve-1`,
      metric: 'time_to_solve',
      state: 'running',
      team: '',
      terms: {
        policy: { id: 'p', version: 1 },
        calendars: [],
        targetMs: 60_000,
        priority: 'normal',
        pauseIn: [],
        marks: [{ percent: 100, name: '', actions: [] }],
      },
      startedAt: at - 60_000,
      usedMs: 0,
      runningSince: at - 60_000,
      dueAt: at,
      moments: [{ percent: 100, at }],
      fired: [],
      ledger: [{ at: at - 60_000, what: 'started', reason: '', usedMs: 0, dueAt: at, since: at - 60_000 }],
    },
  ],
  shard: n % SHARDS,
  dueAt: new Date(at),
  riskAt: new Date(at),
  startedAt: new Date(at - 60_000),
});

/** Writes so many rows. */
export const fill = async (
  rows: mongo.Collection,
  count: number,
  make: (n: number) => mongo.Document,
): Promise<void> => {
  for (let from = 0; from < count; from += 5_000) {
    const size = Math.min(5_000, count - from);
    await rows.insertMany(
      Array.from({ length: size }, (_, i) => make(from + i)),
      { ordered: false },
    );
  }
};
