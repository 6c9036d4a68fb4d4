import { transientError } from '@throughline/core';
import type { Follow } from '../domain/commands';
import type { Journal } from './journal';
import { conflictsOf } from './journal';
import type { Key } from './ports';
import { apply, changeOf, startWorking } from './working';

/** What another service said about one conversation. */
export interface FollowedFact {
  key: Key;
  command: Follow;
}

const maxAttempts = 12;

/** Lets conversations follow what other services decided: one read, one append, one publish. Safe to repeat at any later time. */
export const createFollowFacts =
  (journal: Pick<Journal, 'hold' | 'commit'>, now: () => number) =>
  async (facts: FollowedFact[]): Promise<void> => {
    let todo = facts;
    for (let round = 0; todo.length > 0; round += 1) {
      if (round === maxAttempts) throw transientError('other writers were first too often');
      const held = await journal.hold(new Set(todo.map(({ key }) => key)), { fresh: round > 0 });
      const recordedAt = now();
      const changes = [...held].flatMap(([key, { held: before }]) => {
        const working = startWorking(before);
        // A refusal means that the conversation has ended in another one: nothing is left to follow.
        for (const fact of todo) if (fact.key === key) apply(working, fact.command, recordedAt);
        return changeOf(working, recordedAt) ?? [];
      });
      const conflicts = conflictsOf(await journal.commit(changes, held));
      todo = todo.filter(({ key }) => conflicts.has(key));
    }
  };

export type FollowFacts = ReturnType<typeof createFollowFacts>;
