import { isRefusal, Refusal } from '@throughline/core';
import { historyOf } from '../domain/history';
import type { WorkItem } from '../domain/work-item';
import type { Batch, World } from './batch';
import { agentOfKey, createBatch, putDoc, queueOfKey, tenantOf } from './batch';
import type { Command } from './commands';
import { run, workNamed } from './commands';
import { createDue } from './due';
import { checkQueue } from './guard-queue';
import type { Answer, Changed, DocChange, Held, Reads, Row, ShardLog } from './ports';
import { check, matchAll } from './route';
import type { Tenant } from './tenant';
import { HANDLED_MOST, LIVE_MOST, LIVE_MS } from './tenant';

/** Commands, and offers, that one row holds at most. */
const MOST_COMMANDS = 500;
const MOST_OFFERS = 500;
const MOST_DUE = 2_000;
/** What is looked at before the size of the row is. */
const DUE_STEP = 100;
const FIRST_OFFERS = 50;
/** About how large a row may become, in bytes; a document of the database holds 16 MB. What is left comes in the next. */
const MOST_BYTES = 6_000_000;
/** A pause between two savings: rows that come one by one are saved a few together, with fewer commands and flushes. */
const SAVE_REST_MS = 100;
/** Rows that may wait to be published or saved before new commands are turned away. */
const MOST_BEHIND = 5_000;

export interface ShardOptions {
  shard: number;
  log: ShardLog;
  reads: Pick<Reads, 'many' | 'lately'>;
  now: () => number;
  changed: Changed;
  /** Called once, when the shard turns out to belong to somebody else or cannot go on. */
  lost: (why: string) => void;
  /** Commands of the inbox whose answers are written. */
  answered: (ids: string[]) => void;
  /** Offers that became durable, and how long that took since their round began. */
  offered?: ((count: number, tookMs: number) => void) | undefined;
  bug?: ((error: unknown) => void) | undefined;
}

interface Entry {
  command: Command;
  /** Set when it came through the inbox. */
  inboxId?: string | undefined;
  resolve: (result: unknown) => void;
  reject: (error: unknown) => void;
}

/** Hands rows on in their order; those that come while it is at work, or rests after it, go together next time. */
const createFollower = (work: (rows: Row[]) => Promise<void>, restMs = 0) => {
  let waiting: Row[] = [];
  let running: Promise<void> | undefined;
  let hurried = 0;
  let wake: (() => void) | undefined;
  const rest = async (): Promise<void> => {
    if (restMs === 0 || hurried > 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, restMs);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  };
  const run = async (): Promise<void> => {
    while (waiting.length > 0) {
      const rows = waiting;
      waiting = [];
      await work(rows);
      await rest();
    }
    // In the same turn as the look before: whatever comes from now on starts it again.
    running = undefined;
  };
  return {
    add(row: Row): void {
      waiting.push(row);
      running ??= run();
    },
    /** Once everything that was added is handed on; somebody waits for that, so it does not rest. */
    async settled(): Promise<void> {
      hurried++;
      wake?.();
      await running;
      hurried--;
    },
  };
};

type Outcome = { entry: Entry; result?: unknown; error?: unknown };

// Transient as well, so that a consumer of events tries again in place.
const unavailable = () =>
  Object.assign(new Refusal('unavailable', 'TEMPORARILY_UNAVAILABLE', 'this part of routing is moving; try again'), {
    transient: true,
  });

const answerOf = ({ entry, result, error }: Outcome): Answer[] => {
  if (!entry.inboxId) return [];
  if (error === undefined) return [{ id: entry.inboxId, result }];
  const { kind, reason, message, violations, metadata } = isRefusal(error)
    ? error
    : new Refusal('unavailable', 'INTERNAL', 'the command failed');
  return [{ id: entry.inboxId, refusal: { kind, reason, message, violations, metadata } }];
};

/**
 * One shard, owned by this process: commands in, decisions made in memory, one row written per batch, and only then the
 * answers. A row's number exists once, so of two owners (one of them asleep for a minute) exactly one can go on.
 */
export const createShard = (options: ShardOptions) => {
  const { shard, log, now } = options;
  const world: World = { tenants: new Map(), due: createDue() };
  let seq = 0;
  let queue: Entry[] = [];
  let dirty = new Set<string>();
  // Nothing is decided before everything is read.
  let working = true;
  let started = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const idle: (() => void)[] = [];
  // What the last owner wrote and did not publish comes before anything new.
  let publishingRest: Promise<void> = Promise.resolve();
  let behind = 0;
  let recalling: Promise<void> = Promise.resolve();

  const lose = (why: string): void => {
    if (stopped) return;
    stopped = true;
    clearTimeout(timer);
    for (const entry of queue) entry.reject(unavailable());
    queue = [];
    options.lost(why);
  };
  const patiently = async (work: () => Promise<void>): Promise<void> => {
    for (let wait = 100; ; wait = Math.min(wait * 2, 5_000)) {
      try {
        return await work();
      } catch (error) {
        options.bug?.(error);
        if (stopped) return;
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  };
  const forgetEnded = (docs: DocChange[]): void => {
    for (const { collection, held } of docs) {
      if (collection !== 'work_items') continue;
      const item = (held as Held<WorkItem>).state;
      const tenant = world.tenants.get(item.tenantId);
      // Only when nothing newer happened to it meanwhile.
      if ((item.state === 'COMPLETED' || item.state === 'CANCELLED') && tenant?.work.get(item.id)?.rev === held!.rev) {
        tenant.setWork(item.id, undefined, 0);
      }
    }
  };
  // Publishing and saving follow in the order of the rows, each at its own pace.
  const publishing = createFollower(async (rows) => {
    await publishingRest;
    await patiently(() => log.publish(rows));
    behind -= rows.length;
  });
  const saving = createFollower(async (rows) => {
    await patiently(() => log.save(shard, rows));
    if (!stopped) forgetEnded(rows.flatMap(({ docs }) => docs));
    const answers = rows.flatMap((row) => row.answers.map(({ id }) => id));
    if (answers.length > 0) options.answered(answers);
  }, SAVE_REST_MS);

  /** What estimates and guards rest on comes a moment after the work itself: nobody waits for it. */
  const recall = (until: number): Promise<void> => {
    const left = [...world.tenants.values()].flatMap((tenant) =>
      [...tenant.held.queues.keys()].map((queueId) => ({ tenant, queueId })),
    );
    const since = until - LIVE_MS;
    return patiently(async () => {
      for (; left.length > 0 && !stopped; left.pop()) {
        const { tenant, queueId } = left.at(-1)!;
        const items = await options.reads.lately(tenant.tenantId, queueId, since, HANDLED_MOST, LIVE_MOST);
        tenant.recall(queueId, historyOf(items, queueId, since, until));
      }
    });
  };

  const past = async (entries: Entry[]): Promise<Map<string, Held<WorkItem>>> => {
    const keys = entries.flatMap(({ command }) =>
      workNamed(command).flatMap((id) =>
        world.tenants.get(command.tenantId)?.work.has(id) ? [] : [`${command.tenantId}/${id}`],
      ),
    );
    return keys.length > 0 ? options.reads.many('work_items', [...new Set(keys)]) : new Map();
  };
  /** Runs commands until the row is full. */
  const runAll = (entries: Entry[], batch: Batch, at: number): Outcome[] => {
    const outcomes: Outcome[] = [];
    for (const entry of entries) {
      if (outcomes.length > 0 && batch.bytes() > MOST_BYTES) break;
      try {
        const tenant = tenantOf(world, entry.command.tenantId);
        dirty.add(tenant.tenantId);
        outcomes.push({ entry, result: run(batch, tenant, entry.command, at) });
      } catch (error) {
        outcomes.push({ entry, error });
      }
    }
    return outcomes;
  };
  const lookAt = (batch: Batch, keys: readonly string[], at: number): void => {
    for (const key of keys) {
      const slash = key.indexOf('/');
      const tenant = tenantOf(world, key.slice(0, slash));
      const id = key.slice(slash + 1);
      const queueId = queueOfKey(id);
      const agentId = agentOfKey(id);
      if (queueId !== undefined) checkQueue(batch, tenant, queueId, at);
      else if (agentId !== undefined) batch.lookAtAgent(tenant, agentId, at);
      else check(batch, tenant, id, at);
      dirty.add(tenant.tenantId);
    }
  };
  // What is left is due in the next round: a row holds only so much.
  const runDue = (batch: Batch, at: number): void => {
    for (let looked = 0; looked < MOST_DUE && batch.bytes() < MOST_BYTES; looked += DUE_STEP) {
      const keys = world.due.take(at, DUE_STEP);
      lookAt(batch, keys, at);
      if (keys.length < DUE_STEP) return;
    }
  };
  const runMatching = (batch: Batch, at: number): number => {
    let made = 0;
    const before = batch.bytes();
    // As many as have room, by what those before them took.
    const room = (): number => {
      const left = MOST_BYTES - batch.bytes();
      if (made === 0) return left > 0 ? FIRST_OFFERS : 0;
      return Math.min(MOST_OFFERS - made, Math.floor((left * made) / Math.max(1, batch.bytes() - before)));
    };
    for (const tenantId of [...dirty]) {
      const tenant = tenantOf(world, tenantId);
      // Work that waits by an outdated policy gets its place first: nobody is offered it by rules that are gone.
      if (tenant.outdated() > 0) continue;
      for (;;) {
        const most = room();
        if (most <= 0) return made;
        const offers = matchAll(batch, tenant, at, most);
        made += offers;
        if (offers < most) break;
      }
      dirty.delete(tenantId);
    }
    return made;
  };
  /** One batch; false when nothing was left to do. */
  const round = async (): Promise<boolean> => {
    const at = now();
    const due = world.due.next();
    if (queue.length === 0 && dirty.size === 0 && (due === undefined || due > at)) return false;
    const entries = queue.splice(0, MOST_COMMANDS);
    const batch = createBatch(world, await past(entries));
    runDue(batch, at);
    const outcomes = runAll(entries, batch, at);
    queue.unshift(...entries.slice(outcomes.length));
    const bug = outcomes.find(({ error }) => error !== undefined && !isRefusal(error));
    if (bug) {
      // A half-run command may have left the memory half changed: nothing of this batch may be written.
      options.bug?.(bug.error);
      bug.entry.reject(bug.error);
      if (bug.entry.inboxId) options.answered([bug.entry.inboxId]);
      for (const { entry } of outcomes) if (entry !== bug.entry) entry.reject(unavailable());
      lose('a command failed');
      return false;
    }
    const offers = runMatching(batch, at);
    const answers = outcomes.flatMap(answerOf);
    const docs = [...batch.docs.values()];
    if (docs.length > 0 || answers.length > 0) {
      const { facts, decisions } = batch;
      const row: Row = { shard, seq: seq + 1, docs, decisions, facts, answers };
      let written = false;
      try {
        written = await log.append(row);
      } catch (error) {
        options.bug?.(error);
      }
      if (!written) {
        for (const { entry } of outcomes) entry.reject(unavailable());
        lose('another process owns it');
        return false;
      }
      seq = row.seq;
      if (offers > 0) options.offered?.(offers, now() - at);
      follow(row);
      if (entries.some(({ command }) => ['create', 'update', 'delete'].includes(command.do))) await saving.settled();
    }
    for (const { entry, result, error } of outcomes) {
      if (error === undefined) entry.resolve(result);
      else entry.reject(error);
    }
    return true;
  };
  const follow = (row: Row): void => {
    options.changed(row.docs);
    behind++;
    publishing.add(row);
    saving.add(row);
  };
  const work = async (): Promise<void> => {
    if (working || stopped) return;
    working = true;
    clearTimeout(timer);
    try {
      while (!stopped && (await round()));
    } catch (error) {
      options.bug?.(error);
      lose('a round failed');
    } finally {
      working = false;
    }
    // It came in the moment between the last look and the end: nobody else would wake for it.
    if (queue.length > 0 && !stopped) return work();
    for (const wake of idle.splice(0)) wake();
    if (stopped) return;
    const due = world.due.next();
    if (due !== undefined) timer = setTimeout(work, Math.min(Math.max(due - now(), 1), 60_000));
  };
  const add = (entry: Entry): void => {
    if (stopped || behind > MOST_BEHIND) {
      entry.reject(unavailable());
      return;
    }
    queue.push(entry);
    void work();
  };

  return {
    /** Reads everything that is open, and goes on where the last owner stopped. Gives how many documents it read. */
    async start(): Promise<number> {
      const { seq: last, docs, inbox } = await log.restore(shard);
      if (stopped) return docs.length;
      seq = last;
      const at = now();
      // Agents and rules first, so that work finds its line at once.
      const order = ['wellbeing', 'policies', 'queues', 'queue_states', 'agents', 'agent_states'];
      const rank = ({ collection }: DocChange) => (order.includes(collection) ? order.indexOf(collection) : 9);
      for (const doc of [...docs].sort((a, b) => rank(a) - rank(b))) putDoc(world, doc, at);
      dirty = new Set(world.tenants.keys());
      publishingRest = patiently(() => log.publishRest(shard));
      working = false;
      started = true;
      // What waited in the inbox came before what came while we were reading.
      const early = queue.splice(0);
      for (const { id, command } of inbox) this.receive(id, command as Command);
      const known = new Set(inbox.map(({ id }) => id));
      for (const entry of early) if (!known.has(entry.inboxId ?? '')) add(entry);
      recalling = recall(at);
      void work();
      return docs.length;
    },
    execute: (command: Command): Promise<unknown> =>
      new Promise((resolve, reject) => add({ command, resolve, reject })),
    /** A command that another process put into the inbox; its answer goes into the row. */
    receive(inboxId: string, command: Command): void {
      if (queue.some((entry) => entry.inboxId === inboxId)) return;
      const ignore = () => undefined;
      add({ command, inboxId, resolve: ignore, reject: ignore });
    },
    /** The memory, once everything is read. */
    tenant: (tenantId: string): Tenant | undefined => (started && !stopped ? tenantOf(world, tenantId) : undefined),
    trim: () => log.trim(shard),
    /** Finishes the batch at hand, publishes and saves what is written. */
    async stop(): Promise<void> {
      if (working && started) await new Promise<void>((resolve) => idle.push(resolve));
      if (stopped) return;
      stopped = true;
      clearTimeout(timer);
      for (const entry of queue.splice(0)) entry.reject(unavailable());
      await saving.settled();
      await publishingRest;
      await publishing.settled();
      await log.note(shard).catch((error) => options.bug?.(error));
      await recalling;
    },
  };
};

export type Shard = ReturnType<typeof createShard>;
