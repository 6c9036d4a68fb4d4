import { Refusal } from '@throughline/core';

export type QuestionKind = 'csat' | 'csat_10' | 'nps' | 'ces' | 'effort' | 'rating' | 'yes_no' | 'choice' | 'text';

export interface Question {
  id: string;
  kind: QuestionKind;
  /** Own words by language. */
  texts: Record<string, string>;
  scaleMax: number;
  options: string[];
  required: boolean;
}

export interface Condition {
  field: string;
  anyOf: string[];
}

/** What customers are asked, when and whom. */
export interface SurveyContent {
  name: string;
  order: number;
  conditions: Condition[];
  questions: Question[];
  delayMs: number;
  samplePercent: number;
  quarantineDays: number;
  budgetContacts: number;
  budgetDays: number;
  holdDays: number;
  openDays: number;
  manualOnly: boolean;
  keypad: boolean;
  company: string;
  /** Asks about recoveries, not about conversations. */
  afterRecovery?: boolean | undefined;
}

/** A survey in one of its versions. */
export interface Survey {
  id: string;
  version: number;
  latest: number;
  content: SurveyContent;
  createdAt: number;
  updatedAt: number;
  archived: boolean;
}

/** What conditions and scores look at. */
export interface JourneyFacts {
  channel: string;
  queueId: string;
  agentId: string;
  topic: string;
  language: string;
  priority: string;
  tags: string[];
  attributes: Record<string, string>;
}

const standard: readonly QuestionKind[] = ['csat', 'csat_10', 'nps', 'ces', 'effort'];

/** Lowest and highest value of a question that is answered by a number; undefined for the others. */
export const scaleOf = ({ kind, scaleMax }: Pick<Question, 'kind' | 'scaleMax'>): [number, number] | undefined => {
  switch (kind) {
    case 'csat':
    case 'effort':
      return [1, 5];
    case 'csat_10':
      return [1, 10];
    case 'nps':
      return [0, 10];
    case 'ces':
      return [1, 7];
    case 'rating':
      return [1, scaleMax];
    case 'yes_no':
      return [0, 1];
    default:
      return undefined;
  }
};

/** What an answer says. */
export type Band = 'positive' | 'neutral' | 'negative';

/** The highest value that is bad and the lowest that is good, by kind. */
const bands: Partial<Record<QuestionKind, [bad: number, good: number]>> = {
  csat: [2, 4],
  csat_10: [4, 8],
  nps: [6, 9],
  ces: [3, 5],
};

/** What a value says of a kind that says it; undefined for ratings, yes-no questions and words. */
export const bandOf = (kind: QuestionKind, value: number): Band | undefined => {
  // Less effort is better: 1 and 2 are good, 4 and 5 bad.
  if (kind === 'effort') return bandOf('csat', 6 - value);
  const limits = bands[kind];
  if (!limits) return undefined;
  if (value <= limits[0]) return 'negative';
  return value >= limits[1] ? 'positive' : 'neutral';
};

/** True when the value says that the customer was let down: somebody should look at it. */
export const isLow = (kind: QuestionKind, value: number): boolean => bandOf(kind, value) === 'negative';

const refuse = (reason: string, field: string, description: string): Refusal =>
  new Refusal('invalid', reason, `${field}: ${description}`, {
    violations: [{ field, rule: reason.toLowerCase(), description }],
  });

const checkQuestion = (question: Question, field: string): void => {
  const { kind, texts, scaleMax, options } = question;
  if (!standard.includes(kind) && Object.keys(texts).length === 0) {
    throw refuse('QUESTION_TEXT_MISSING', `${field}.texts`, 'this kind has no standard words, so give some');
  }
  if ((kind === 'rating') !== scaleMax > 1) {
    throw refuse('SCALE_INVALID', `${field}.scale_max`, 'ratings have a scale of 2 to 10, other kinds none');
  }
  if ((kind === 'choice') !== options.length > 1 || new Set(options).size !== options.length) {
    throw refuse(
      'OPTIONS_INVALID',
      `${field}.options`,
      'choices have at least two different options, other kinds none',
    );
  }
};

/** Refuses a question that keeps its id and changes its scale: its answers, counted together, would mean nothing. */
export const checkSameScales = (before: SurveyContent, { questions }: SurveyContent): void => {
  const known = new Map(before.questions.map((question) => [question.id, question]));
  questions.forEach(({ id, kind, scaleMax }, i) => {
    const old = known.get(id);
    if (!old || (old.kind === kind && old.scaleMax === scaleMax)) return;
    const field = `content.questions[${i}].${old.kind === kind ? 'scale_max' : 'kind'}`;
    throw refuse('QUESTION_SCALE_CHANGED', field, `${id} has answers on another scale, so give the question a new id`);
  });
};

/** Refuses a survey that could not be asked. */
export const checkSurvey = ({ questions }: SurveyContent): void => {
  const seen = new Set<string>();
  questions.forEach((question, i) => {
    const field = `content.questions[${i}]`;
    if (seen.has(question.id)) throw refuse('QUESTION_TWICE', `${field}.id`, 'there is one of this id already');
    seen.add(question.id);
    checkQuestion(question, field);
  });
};

const valuesOf = (facts: JourneyFacts, field: string): string[] => {
  if (field.startsWith('attribute:')) return [facts.attributes[field.slice('attribute:'.length)] ?? ''];
  switch (field) {
    case 'channel':
      return [facts.channel];
    case 'queue':
      return [facts.queueId];
    case 'agent':
      return [facts.agentId];
    case 'topic':
      return [facts.topic];
    case 'language':
      return [facts.language];
    case 'priority':
      return [facts.priority];
    case 'tag':
      return facts.tags;
    default:
      return [];
  }
};

const holds = (facts: JourneyFacts, { field, anyOf }: Condition): boolean =>
  valuesOf(facts, field).some((value) => anyOf.includes(value));

/** The first survey by order whose conditions hold, of those about conversations or recoveries; those for asking by hand are left out. */
export const surveyFor = (surveys: Survey[], facts: JourneyFacts, afterRecovery = false): Survey | undefined =>
  surveys
    .filter(({ archived, content }) => !archived && !content.manualOnly)
    .filter(({ content }) => (content.afterRecovery ?? false) === afterRecovery)
    .sort((a, b) => a.content.order - b.content.order || (a.id < b.id ? -1 : 1))
    .find(({ content }) => content.conditions.every((condition) => holds(facts, condition)));
