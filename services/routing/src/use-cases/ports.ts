import type { DayCounts } from '../domain/attended';
import type { Decision } from '../domain/decision';
import type { QueueEvent, QueueState } from '../domain/guard';
import type { PastWork } from '../domain/history';
import type { Sums } from '../domain/indications';
import type { Arrivals, Handled } from '../domain/plan-days';
import type { AgentEvent, AgentState } from '../domain/presence';
import type { Agent, Policy, Queue, Resource, Skill, Team } from '../domain/setup';
import type { Wellbeing } from '../domain/wellbeing';
import type { WorkEvent, WorkItem } from '../domain/work-item';

/** A request already answered, kept with what it changed. */
export interface Asked {
  id: string;
  fingerprint: string;
  result: unknown;
}

/** State with what belongs to it: `rev` grows with each change, `eventSeq` with each published event. */
export interface Held<S> {
  state: S;
  rev: number;
  eventSeq: number;
  asked: Asked[];
}

/** Everything that is kept, by the name of its collection. */
export interface Stored {
  work_items: WorkItem;
  agent_states: AgentState;
  queue_states: QueueState;
  skills: Skill;
  teams: Team;
  queues: Queue;
  agents: Agent;
  policies: Policy;
  policy_versions: Policy;
  wellbeing: Wellbeing;
  agent_days: DayCounts & { agentId: string };
}

export type Collection = keyof Stored;

/** One document after a change; without `held` it is deleted. `key` is `<tenant>/<id>`. */
export interface DocChange {
  collection: Collection;
  key: string;
  held?: Held<unknown> | undefined;
  /** It was not there before. */
  created?: boolean | undefined;
}

/** A fact to publish. `seq` is the number of the event within its aggregate. */
export type Fact =
  | { about: 'work'; seq: number; event: WorkEvent; before: WorkItem | undefined; after: WorkItem }
  | { about: 'queue'; seq: number; event: QueueEvent; before: QueueState; after: QueueState }
  | { about: 'agent'; seq: number; event: AgentEvent; before: AgentState; after: AgentState };

export interface Answer {
  /** The command in the inbox that it is for. */
  id: string;
  result?: unknown;
  refusal?: { kind: string; reason: string; message: string; violations: unknown[]; metadata: Record<string, string> };
}

/** What one batch of commands and decisions changed: one document, one write, or nothing. */
export interface Row {
  shard: number;
  seq: number;
  docs: DocChange[];
  /** Offers, and what each rested on. */
  decisions: Decision[];
  facts: Fact[];
  answers: Answer[];
  /** What the log made of it when it was appended, for what follows; nobody else's. */
  written?: unknown;
}

export interface Restored {
  /** Number of the last row. */
  seq: number;
  docs: DocChange[];
  inbox: { id: string; command: unknown }[];
}

/** One shard as it is kept. Only the owner of the lease appends; who appends a number that exists has lost the shard. */
export interface ShardLog {
  /** Durable when it resolves with true; false when another process has written this number. */
  append(row: Row): Promise<boolean>;
  /** Publishes the facts of rows in their order, and remembers how far it came. */
  publish(rows: readonly Row[]): Promise<void>;
  /** Publishes what an earlier owner wrote and did not publish. */
  publishRest(shard: number): Promise<void>;
  /** Saves the documents of rows where single reads and lists find them. How far it came is written down with it. */
  save(shard: number, rows: readonly Row[]): Promise<void>;
  /** Writes down how far publishing and saving came, so that whoever comes next need not do it again. `trim` does so as well. */
  note(shard: number): Promise<void>;
  restore(shard: number): Promise<Restored>;
  /** Forgets a little of what rows held that are saved and published. Whether more of it is left. */
  trim(shard: number): Promise<boolean>;
}

export interface HeldShard {
  shard: number;
  fence: number;
}

export interface Leases {
  /**
   * Takes what is free or expired, up to this process' share, keeps what it has, and names what it holds now. What is
   * more than its share stays leased until it is released. Another fence than before: somebody else was there.
   */
  renew(): Promise<{ held: HeldShard[]; surplus: HeldShard[] }>;
  release(shards: number[]): Promise<void>;
  /** Releases everything; this process is no longer counted. */
  leave(): Promise<void>;
}

/** Commands for a shard that another process holds. */
export interface Inbox {
  put(shard: number, id: string, command: unknown): Promise<void>;
  /** The answer of a command, given when its row is written. */
  answerOf(shard: number, id: string, signal: AbortSignal): Promise<Answer>;
  /** Calls back for every command put from now on. */
  watch(shard: number, onCommand: (id: string, command: unknown) => void): Promise<{ stop(): Promise<void> }>;
  done(ids: string[]): Promise<void>;
}

/** What of a queue's past is read: what happened from `from` on and before `to`, as instants. */
export interface Past {
  from: number;
  to: number;
  /** Only what was queued before then. */
  before?: number | undefined;
  /** Only what was queued, or happened, from then on. */
  since?: number | undefined;
}

/** Single documents and lists, for what is not in memory. */
export interface Reads {
  get<C extends Collection>(collection: C, key: string): Promise<Held<Stored[C]> | undefined>;
  many<C extends Collection>(collection: C, keys: string[]): Promise<Map<string, Held<Stored[C]>>>;
  /** The decision `<tenant>/<id>`. */
  decision(key: string): Promise<Decision | undefined>;
  /** The latest work of conversations, by `<tenant>/<conversation>`. */
  latestWork(keys: string[]): Promise<Map<string, WorkItem>>;
  listSetup(collection: Collection, tenantId: string, after: string, most: number): Promise<Resource[]>;
  listWork(query: WorkQuery): Promise<{ item: WorkItem; rev: number }[]>;
  /** Offers made by a policy in an interval, newest first. */
  decisionsOf(tenantId: string, policyId: string, from: number, to: number, most: number): Promise<Decision[]>;
  /** Work that left a queue since then, and the last `handled` that were completed in it; at most `most` in all. */
  lately(tenantId: string, queueId: string, since: number, handled: number, most: number): Promise<PastWork[]>;
  /** Sums of whole days by agent, `from` and `to` included. */
  agentDays(tenantId: string, agentIds: string[], from: number, to: number): Promise<Map<string, Sums>>;
  /** Agents who serve at least one of these queues. */
  agentsServing(tenantId: string, queueIds: string[]): Promise<string[]>;
  /** How many came into a queue in each interval that somebody came in. */
  arrivalsOf(tenantId: string, queueId: string, past: Past, intervalMs: number): Promise<Arrivals[]>;
  /** Handle times of the contacts that ended in a queue, by the intervals in which they ended. */
  handledOf(tenantId: string, queueId: string, past: Past, intervalMs: number): Promise<Handled[]>;
  /** Work that was in a queue at some time of the interval. */
  workOfQueue(tenantId: string, queueId: string, from: number, to: number): Promise<WorkItem[]>;
}

export interface WorkQuery {
  tenantId: string;
  queueId: string;
  agentId: string;
  conversationId: string;
  state: string;
  after?: { at: number; id: string } | undefined;
  most: number;
}

/** Says that documents changed, to whoever watches. */
export type Changed = (docs: DocChange[]) => void;
