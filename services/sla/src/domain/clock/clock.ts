/** What a clock measures. */
export const metrics = [
  'first_reply',
  'next_reply',
  'periodic_update',
  'pausable_update',
  'requester_wait',
  'agent_work',
  'time_to_solve',
  'speed_of_answer',
  'team_time',
] as const;
export type Metric = (typeof metrics)[number];

export type ConversationState = 'new' | 'open' | 'pending' | 'on_hold' | 'solved' | 'closed';
export type ClockState = 'running' | 'paused' | 'met' | 'breached' | 'cancelled';

/** A version of something that an administrator keeps. */
export interface Pin {
  id: string;
  version: number;
}

/** Something that happens at a percentage of the target. 100 is the breach. */
export interface Mark {
  percent: number;
  /** Empty for a plain warning. */
  name: string;
  actions: Action[];
}

export interface Action {
  kind: 'notify' | 'raise_priority' | 'reroute' | 'page';
  /** Whom, to what or where, by kind. */
  to: string;
}

/** A mark that has not come yet, and when it will if nothing changes. */
export interface Moment {
  percent: number;
  at: number;
}

/** One line of the ledger. `usedMs` is the counted time up to then. */
export interface LedgerEntry {
  at: number;
  what:
    | 'started'
    | 'paused'
    | 'resumed'
    | 'retargeted'
    | 'warned'
    | 'escalated'
    | 'breached'
    | 'stopped'
    | 'cancelled'
    | 'carried';
  reason: string;
  usedMs: number;
  dueAt?: number | undefined;
  /** Of a start and a retarget. */
  terms?: Terms | undefined;
  percent?: number | undefined;
  /** A breach that had been announced turned out not to have been one: the stop or pause was earlier. */
  withdrawn?: boolean | undefined;
  /** Of older lines that were summed up: a breach among them. */
  breachedAt?: number | undefined;
  /** Of a start and of a merge: the start that counts. */
  since?: number | undefined;
}

/** What a clock is held to. It stays as it was pinned until a retarget says otherwise. */
export interface Terms {
  policy: Pin;
  /** Open is when all of them are; none means round the clock. */
  calendars: Pin[];
  targetMs: number;
  priority: string;
  pauseIn: ConversationState[];
  marks: Mark[];
}

export interface Clock {
  id: string;
  metric: Metric;
  state: ClockState;
  /** Of a team clock: whose time it is. */
  team: string;
  terms: Terms;
  startedAt: number;
  /** Counted up to `runningSince`, or in all when it does not run. */
  usedMs: number;
  runningSince?: number | undefined;
  endedAt?: number | undefined;
  breachedAt?: number | undefined;
  /** When the target is used up if nothing changes; the last one known when it does not run. */
  dueAt?: number | undefined;
  moments: Moment[];
  /** Marks that have come, each once in the life of a clock. */
  fired: Moment[];
  ledger: LedgerEntry[];
}

/** What conditions look at. */
export interface ConversationFacts {
  channel: string;
  priority: string;
  topic: string;
  language: string;
  tags: string[];
  attributes: Record<string, string>;
  queueId: string;
  assigneeId: string;
  destination: string;
}

/** Ended clocks that are no longer kept one by one, counted for reports. */
export interface Tally {
  policyId: string;
  metric: Metric;
  team: string;
  priority: string;
  /** UTC day on which they started, `YYYY-MM-DD`, and the first of their starts. */
  day: string;
  since: number;
  met: number;
  breached: number;
  cancelled: number;
}

/** Every clock of one conversation, and what it takes to keep them. */
export interface Docket {
  id: string;
  known: boolean;
  facts: ConversationFacts;
  contactPoint: string;
  issueId: string;
  state: ConversationState;
  /** Its states so far with the moment each began, the latest ones: what starts later with an earlier start is measured by them. */
  states?: { at: number; state: ConversationState }[] | undefined;
  openedAt: number;
  /** Since when the customer has been waiting for a word from us. */
  unansweredSince?: number | undefined;
  replies: number;
  lastReplyAt?: number | undefined;
  reopens: number;
  firstSolvedAt?: number | undefined;
  mergedInto: string;
  /** Conversations whose earlier start counts here already. */
  inherited: string[];
  /** Number of the conversation's last event that has been applied. */
  seen: number;
  clocks: Clock[];
  tallies?: Tally[] | undefined;
  /** Clocks of each metric so far, to number them. */
  counts: Partial<Record<Metric, number>>;
}

export const emptyDocket = (id: string): Docket => ({
  id,
  known: false,
  facts: {
    channel: '',
    priority: 'normal',
    topic: '',
    language: '',
    tags: [],
    attributes: {},
    queueId: '',
    assigneeId: '',
    destination: '',
  },
  contactPoint: '',
  issueId: '',
  state: 'new',
  openedAt: 0,
  replies: 0,
  reopens: 0,
  mergedInto: '',
  inherited: [],
  seen: 0,
  clocks: [],
  counts: {},
});

export const isEnded = (clock: Clock): boolean => clock.endedAt !== undefined;

/** When somebody must look at these clocks next. */
export const nextMoment = (docket: Docket): number | undefined => {
  let next: number | undefined;
  for (const clock of docket.clocks) {
    for (const { at } of clock.moments) if (next === undefined || at < next) next = at;
  }
  return next;
};

/** The conversation a clock belongs to is part of its id. */
export const clockIdOf = (conversationId: string, metric: Metric, number: number): string =>
  `${conversationId}-${metric}-${number}`;

export const conversationOfClock = (clockId: string): string | undefined => /^(.+)-[a-z_]+-\d+$/.exec(clockId)?.[1];
