import type { DocketStep } from '../domain/ask/docket';
import { emptyDocket, fold } from '../domain/ask/docket';
import type { PersonCommand } from '../domain/ask/person';
import type { JourneyFacts } from '../domain/survey/survey';
import { surveyFor } from '../domain/survey/survey';
import type { Dockets, Key, People, Surveys } from './ports';

/** What one conversation did, in order. */
export interface Happened extends Key {
  steps: { seq: number; step: DocketStep }[];
}

/** Something about the person behind an address. */
export interface PersonFact extends Key {
  command: PersonCommand;
  at: number;
  /** The address it was heard of. */
  contactPoint?: string;
}

export interface FollowDeps {
  dockets: Dockets;
  people: People;
  surveys: Surveys;
  /** How long a solved contact waits for another one about the same. */
  windowMs: number;
  /** How soon what is held back is looked at again, and news of a call's question have come. */
  lookAgainMs: number;
  now(): number;
}

const nameOf = ({ tenantId, id }: Key): string => `${tenantId}/${id}`;

/** Applies what conversations did, a batch in one write; each event once. */
export const followConversations =
  ({ dockets, people, surveys, windowMs, lookAgainMs, now }: FollowDeps) =>
  async (happened: Happened[], facts: PersonFact[]): Promise<void> => {
    const at = now();
    if (facts.length > 0) await people.apply(facts, at);
    if (happened.length === 0) return;
    const known = new Map<string, Awaited<ReturnType<Surveys['inUse']>>>();
    for (const { tenantId } of happened) {
      if (!known.has(tenantId)) known.set(tenantId, await surveys.inUse(tenantId));
    }
    const steps = new Map(happened.map((one) => [nameOf(one), one.steps]));
    await dockets.changeMany(
      happened,
      (key, current) => {
        const before = current ?? emptyDocket(key.id);
        const inUse = known.get(key.tenantId)!;
        const rules = {
          surveyFor: (journey: JourneyFacts) => surveyFor(inUse, journey),
          windowMs,
          settleMs: lookAgainMs,
        };
        const after = fold(before, steps.get(nameOf(key))!, rules);
        return after.docket === before ? undefined : after;
      },
      at,
    );
  };
