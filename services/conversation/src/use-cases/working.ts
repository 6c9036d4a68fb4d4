import { Refusal } from '@throughline/core';
import type { Command } from '../domain/commands';
import type { Conversation } from '../domain/conversation';
import { exists } from '../domain/conversation';
import { decide } from '../domain/decide';
import type { ConversationEvent } from '../domain/events';
import { advance } from '../domain/evolve';
import type { Change, Claim, Held, Key } from './ports';

const recentLimit = 24;

/** A conversation while a batch is folded onto it. */
export interface Working {
  before: Held;
  state: Conversation;
  events: ConversationEvent[];
  claims: Claim[];
  traceparent?: string | undefined;
}

export const startWorking = (before: Held): Working => ({ before, state: before.state, events: [], claims: [] });

/** True when the claim was taken by an earlier change or earlier in this batch. */
export const hasClaim = (working: Working, claim: Claim): boolean =>
  working.claims.includes(claim) || working.before.recent.includes(claim);

export const isNew = (working: Working): boolean => !exists(working.state);

/** Applies what the decision says; a refusal is given back and changes nothing. */
export const apply = (working: Working, command: Command, recordedAt: number): Refusal | undefined => {
  const decision = decide(working.state, command);
  if (decision instanceof Refusal) return decision;
  if (decision.length > 0) {
    // The first change copies, the others of this batch go on with the copy.
    if (working.state === working.before.state) working.state = { ...working.state };
    advance(working.state, decision, recordedAt);
    working.events.push(...decision);
  }
  return undefined;
};

/** The change of this batch, or undefined when nothing came of it. */
export const changeOf = (working: Working, recordedAt: number): Change | undefined => {
  const { before, state, events, claims } = working;
  if (events.length === 0) return undefined;
  const after: Held = {
    key: before.key,
    state,
    version: before.version + 1,
    saved: before.saved,
    recent: [...before.recent, ...claims].slice(-recentLimit),
  };
  return { before, after, events, claims, recordedAt, traceparent: working.traceparent };
};

export type WorkingSet = Map<Key, Working>;
