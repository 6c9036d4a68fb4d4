import type { Candidate, Demand } from '../domain/demand';
import type { Survey } from '../domain/judge';
import { surveyAgents } from '../domain/judge';
import type { StandingSurvey } from '../domain/survey';
import { createStandingSurvey } from '../domain/survey';

/** Agents of a queue that a decision looks at to say who was skipped and why. */
const LOOKED_AT = 2_000;
/** What a decision shows of them. */
const SHOWN = { mostAble: 10, most: 20 };
/** Demands whose surveys are kept, and changes of agents after which they are begun anew. */
const MOST_KEPT = 64;
const MOST_CHANGES = 10_000;

interface Look {
  candidateOf(agentId: string): Candidate | undefined;
  agentsOfQueue(queueId: string): ReadonlySet<string>;
}

/** Who could take a contact and who could not, for every decision. Demands that come again are not surveyed again. */
export const createSurveys = ({ candidateOf, agentsOfQueue }: Look) => {
  const kept = new Map<Demand, { survey: StandingSurvey; seen: number }>();
  let changes: string[] = [];

  const looked = function* (queueIds: readonly string[]): Generator<Candidate> {
    const seen = new Set<string>();
    for (const queueId of queueIds) {
      for (const id of agentsOfQueue(queueId)) {
        if (seen.size >= LOOKED_AT) return;
        if (seen.has(id)) continue;
        seen.add(id);
        const candidate = candidateOf(id);
        if (candidate) yield candidate;
      }
    }
  };
  const forget = (): void => {
    kept.clear();
    changes = [];
  };
  const standing = (demand: Demand): StandingSurvey => {
    const found = kept.get(demand);
    if (found) {
      for (; found.seen < changes.length; found.seen++) {
        const id = changes[found.seen]!;
        const candidate = candidateOf(id);
        if (!candidate) found.survey.drop(id);
        else if (found.survey.has(id)) found.survey.set(candidate);
        else if (found.survey.size() < LOOKED_AT && demand.queueIds.some((queueId) => agentsOfQueue(queueId).has(id)))
          found.survey.set(candidate);
      }
      return found.survey;
    }
    if (kept.size >= MOST_KEPT) forget();
    const survey = createStandingSurvey(demand);
    for (const candidate of looked(demand.queueIds)) survey.set(candidate);
    kept.set(demand, { survey, seen: changes.length });
    return survey;
  };
  return {
    /** After an agent changed, or went. */
    changed(agentId: string): void {
      if (kept.size === 0) return;
      if (changes.length >= MOST_CHANGES) forget();
      else changes.push(agentId);
    },
    /** After agents joined or left queues. */
    forget,
    /** Everybody's judgement, the chosen agent's among them. */
    of(demand: Demand, agentId: string): Survey {
      const chosen = candidateOf(agentId)!;
      if (demand.preferredAgentId || demand.excludedAgentIds.length > 0) {
        const all = new Map([[agentId, chosen]]);
        for (const candidate of looked(demand.queueIds)) all.set(candidate.agentId, candidate);
        return surveyAgents(demand, [...all.values()], SHOWN);
      }
      const survey = standing(demand);
      survey.set(chosen);
      return survey.found(SHOWN);
    },
  };
};
