import { Refusal } from '@throughline/core';

export type QuestionKind = 'csat' | 'nps' | 'ces' | 'effort' | 'rating' | 'yes_no' | 'choice' | 'text';

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

const standard: readonly QuestionKind[] = ['csat', 'nps', 'ces', 'effort'];

/** Lowest and highest value of a question that is answered by a number; undefined for the others. */
export const scaleOf = ({ kind, scaleMax }: Pick<Question, 'kind' | 'scaleMax'>): [number, number] | undefined => {
  switch (kind) {
    case 'csat':
    case 'effort':
      return [1, 5];
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

/** True when the value says that the customer was let down: somebody should look at it. */
export const isLow = (kind: QuestionKind, value: number): boolean => {
  switch (kind) {
    case 'csat':
      return value <= 2;
    case 'nps':
      return value <= 6;
    case 'ces':
      return value <= 3;
    case 'effort':
      return value >= 4;
    default:
      return false;
  }
};

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
