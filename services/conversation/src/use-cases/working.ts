import { Refusal } from '@throughline/core';
import type { Command } from '../domain/commands';
import type { Conversation } from '../domain/conversation';
import { exists } from '../domain/conversation';
import { decide } from '../domain/decide';
import type { ConversationEvent } from '../domain/events';
import { advance } from '../domain/evolve';
import type { Change, Claim, Held, Key } from './ports';

/** A conversation while a batch is folded onto it. */
export interface Working {
  before: Held;
  state: Conversation;
  events: ConversationEvent[];
  claims: Claim[];
  effects: Claim[];
  traceparent?: string | undefined;
}

export const startWorking = (before: Held): Working => ({
  before,
  state: before.state,
  events: [],
  claims: [],
  effects: [],
});

/** True when the channel event was applied by an earlier change or earlier in this batch. */
export const hasApplied = (working: Working, effect: Claim): boolean => {
  const { applied, version, key } = working.before;
  if (!applied) throw new Error(`what ${key} has applied was not read`);
  const at = applied.get(effect);
  return (at !== undefined && at <= version) || working.effects.includes(effect) || working.claims.includes(effect);
};

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
  const { before, state, events, claims, effects } = working;
  if (events.length === 0) return undefined;
  const after: Held = {
    key: before.key,
    state,
    version: before.version + 1,
    saved: before.saved,
    applied: before.applied,
  };
  return { before, after, events, claims, effects, recordedAt, traceparent: working.traceparent };
};

export type WorkingSet = Map<Key, Working>;
