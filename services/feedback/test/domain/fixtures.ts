import { noFacts } from '../../src/domain/ask/docket';
import type { Question, Survey, SurveyContent } from '../../src/domain/survey/survey';

export const question = (id: string, kind: Question['kind'], more: Partial<Question> = {}): Question => ({
  id,
  kind,
  texts: {},
  scaleMax: 0,
  options: [],
  required: false,
  ...more,
});

export const content = (more: Partial<SurveyContent> = {}): SurveyContent => ({
  name: 'After contact',
  order: 0,
  conditions: [],
  questions: [question('csat', 'csat', { required: true }), question('why', 'text', { texts: { en: 'Why?' } })],
  delayMs: 60_000,
  samplePercent: 100,
  quarantineDays: 30,
  budgetContacts: 0,
  budgetDays: 14,
  holdDays: 7,
  openDays: 30,
  manualOnly: false,
  keypad: false,
  company: 'Acme',
  ...more,
});

export const survey = (id: string, more: Partial<SurveyContent> = {}): Survey => ({
  id,
  version: 1,
  latest: 1,
  content: content(more),
  createdAt: 0,
  updatedAt: 0,
  archived: false,
});

export const facts = { ...noFacts, channel: 'email', language: 'en', priority: 'normal' };
