import { feedbackV1 as v1 } from '@throughline/proto';
import type { NewEvent } from '@throughline/store';
import type { Evaluation } from '../domain/quality/evaluation';
import type { Recognition, Suggestion } from '../domain/quality/voice';
import { wireRecognition } from '../wire/quality';
import { event } from './new-event';

const TOPIC = 'feedback.cases.v1';

// Facts about people who work here carry no contact point and no conversation: they are on nobody's timeline.
const fact = (name: string, data: Uint8Array, subject: string, at: number): NewEvent[] => [
  event(TOPIC, name, data, { subject, at, recordedAt: at }),
];

/** A contact was judged; what was found stays with those who may read it. */
export const evaluationEvent = ({ id, agentId }: Evaluation, at: number): NewEvent[] => {
  const message = { evaluationId: id, agentId, summary: 'a contact was evaluated' };
  return fact('EvaluationGiven', v1.EvaluationGiven.encode(message).finish(), id, at);
};

export const suggestionEvent = ({ id, kind, unanswered }: Suggestion, at: number): NewEvent[] => {
  const message = { suggestionId: id, summary: unanswered ? `a ${kind} was told` : `a ${kind} has its answer` };
  return unanswered
    ? fact('SuggestionMade', v1.SuggestionMade.encode(message).finish(), id, at)
    : fact('SuggestionAnswered', v1.SuggestionAnswered.encode(message).finish(), id, at);
};

export const recognitionEvent = (one: Recognition, at: number): NewEvent[] => {
  const message = { recognition: wireRecognition(one), summary: `${one.badge}: ${one.reason}` };
  return fact('RecognitionGiven', v1.RecognitionGiven.encode(message).finish(), one.id, at);
};
