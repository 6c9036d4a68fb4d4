import type { feedbackV1 } from '@throughline/proto';
import type { Calibration, Evaluation } from '../domain/quality/evaluation';
import type { Measure } from '../domain/quality/measures';
import type { Mark, Scorecard } from '../domain/quality/scorecard';
import type { Recognition, Suggestion } from '../domain/quality/voice';
import {
  criticalityOf,
  markResultOf,
  wireBadge,
  wireCriticality,
  wireMarkResult,
  wireSuggestionKind,
  wireTime,
} from './words';

export const readSections = (sections: feedbackV1.ScorecardSection[]): Scorecard['sections'] =>
  sections.map(({ name, items }) => ({
    name,
    items: items.map((item) => ({ ...item, criticality: criticalityOf(item.criticality) })),
  }));

export const wireScorecard = (card: Scorecard): feedbackV1.Scorecard => ({
  id: card.id,
  revision: card.revision,
  name: card.name,
  sections: card.sections.map(({ name, items }) => ({
    name,
    items: items.map((item) => ({ ...item, criticality: wireCriticality(item.criticality) })),
  })),
  updatedAt: new Date(card.updatedAt),
});

export const readMarks = (marks: feedbackV1.Mark[]): Mark[] =>
  marks.map(({ itemId, result, note }) => ({ itemId, result: markResultOf(result), note }));

/** An evaluation; of a hidden one only that it is there. */
export const wireEvaluation = (one: Evaluation, hidden: boolean): feedbackV1.Evaluation => ({
  id: one.id,
  scorecardId: one.scorecardId,
  scorecardRevision: one.scorecardRevision,
  conversationId: one.conversationId,
  agentId: one.agentId,
  evaluatorId: one.evaluatorId,
  calibrationId: one.calibrationId,
  hidden,
  marks: hidden ? [] : one.marks.map(({ itemId, result, note }) => ({ itemId, result: wireMarkResult(result), note })),
  score: hidden ? undefined : one.score,
  criticalErrors: hidden ? [] : one.criticalErrors.map(wireCriticality),
  note: hidden ? '' : one.note,
  createdAt: new Date(one.createdAt),
});

export const wireCalibration = (one: Calibration): feedbackV1.Calibration => ({
  id: one.id,
  scorecardId: one.scorecardId,
  conversationId: one.conversationId,
  agentId: one.agentId,
  evaluatorIds: one.evaluatorIds,
  givenIds: one.given.map(({ evaluatorId }) => evaluatorId),
  createdAt: new Date(one.createdAt),
});

export const wireMeasure = (measure: Measure): feedbackV1.Measure => ({
  n: BigInt(measure.n),
  value: measure.value,
  low: measure.low,
  high: measure.high,
  sampleTooSmall: measure.sampleTooSmall,
  method: measure.method,
});

export const wireSuggestion = (one: Suggestion, now: number): feedbackV1.Suggestion => ({
  id: one.id,
  kind: wireSuggestionKind(one.kind),
  text: one.text,
  authorId: one.authorId,
  createdAt: new Date(one.createdAt),
  answerDueAt: new Date(one.answerDueAt),
  answer: one.answer,
  answeredBy: one.answeredBy,
  answeredAt: wireTime(one.answeredAt),
  overdue: one.unanswered && now > one.answerDueAt,
});

export const wireRecognition = (one: Recognition): feedbackV1.Recognition => ({
  id: one.id,
  agentId: one.agentId,
  badge: wireBadge(one.badge),
  fromId: one.fromId,
  reason: one.reason,
  createdAt: new Date(one.createdAt),
});
