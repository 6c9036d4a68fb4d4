import type { JourneyFacts } from '../survey/survey';

/** Something to be counted once: it grows the cells of its scopes, as a whole and by each dimension. */
export interface CountEntry {
  id: string;
  scopes: string[];
  /** Day of the journey's end, UTC, YYYY-MM-DD. */
  day: string;
  dims: Record<string, string>;
  /** What grows by how much. */
  add: Record<string, number>;
}

export const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** The dimensions of a journey that scores are grouped by. */
export const dimsOf = (facts: JourneyFacts, surveyId: string): Record<string, string> => ({
  channel: facts.channel,
  queue: facts.queueId,
  agent: facts.agentId,
  topic: facts.topic,
  language: facts.language,
  survey: surveyId,
});

/** Scopes of who could be asked: of one survey, and of all journeys. A recovery is no journey of its own. */
export const populationScopes = (surveyId: string, recovery = false): string[] => [
  `population/${surveyId}`,
  ...(recovery ? [] : ['population']),
];

/** Scopes of the answers to a question: itself, its kind in its survey, its kind; how a recovery went is no satisfaction with a journey. */
export const answerScopes = (surveyId: string, questionId: string, kind: string, recovery = false): string[] => [
  `question/${surveyId}/${questionId}`,
  `kind/${kind}/${surveyId}`,
  ...(recovery ? [] : [`kind/${kind}`]),
];
