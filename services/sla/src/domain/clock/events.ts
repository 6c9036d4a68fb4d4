import type { Action, ConversationState, Docket, Metric, Moment, Terms } from './clock';

interface Of {
  clockId: string;
  at: number;
  usedMs: number;
}

/** What happens to clocks. `noted` is for ourselves; all the others are told to the world. */
export type ClockEvent =
  | { type: 'noted'; patch: Partial<Omit<Docket, 'id' | 'clocks' | 'counts'>> }
  | (Of & {
      type: 'started';
      metric: Metric;
      team: string;
      terms: Terms;
      reason: string;
      dueAt?: number | undefined;
      moments: Moment[];
    })
  | (Of & { type: 'paused'; reason: string; dueAt?: number | undefined; withdrawn: boolean })
  | (Of & { type: 'resumed'; reason: string; dueAt?: number | undefined; moments: Moment[]; reopened: boolean })
  | (Of & {
      type: 'retargeted';
      reason: string;
      terms: Terms;
      since: number;
      dueAt?: number | undefined;
      moments: Moment[];
    })
  | (Of & { type: 'warned'; percent: number; dueAt?: number | undefined })
  | (Of & { type: 'escalated'; percent: number; name: string; actions: Action[]; dueAt?: number | undefined })
  | (Of & { type: 'breached'; dueAt?: number | undefined })
  | (Of & { type: 'stopped'; reason: string; met: boolean; withdrawn: boolean })
  | (Of & { type: 'cancelled'; reason: string; withdrawn: boolean });

/** What the conversation did, and the look at the time. */
export type ClockCommand =
  | {
      type: 'open';
      at: number;
      facts: Docket['facts'];
      contactPoint: string;
      issueId: string;
      byCustomer: boolean;
    }
  | { type: 'customerWrote'; at: number }
  | { type: 'weReplied'; at: number }
  | { type: 'stateChanged'; at: number; to: ConversationState }
  | { type: 'factsChanged'; at: number; facts: Partial<Docket['facts']> }
  | { type: 'issueLinked'; at: number; issueId: string }
  | { type: 'callQueued'; at: number }
  | { type: 'callAnswered'; at: number }
  | { type: 'callEnded'; at: number }
  | { type: 'merged'; at: number; into: string }
  | { type: 'inherit'; at: number; from: string; since: number }
  | { type: 'check'; at: number };
