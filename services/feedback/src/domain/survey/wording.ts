import type { Question } from './survey';
import { scaleOf } from './survey';

/** Languages with words of our own: pages, mails, standard questions. */
export type Language = 'en' | 'zh';

/** The words we have for a language tag; English for those we have none for. */
export const languageOf = (tag: string): Language => (/^zh\b/i.test(tag) ? 'zh' : 'en');

type StandardKind = 'csat' | 'csat_10' | 'nps' | 'ces' | 'effort';

const satisfied = {
  en: () => 'How satisfied were you with this interaction?',
  zh: () => '您对这次服务的满意程度如何？',
};

const standardTexts: Record<Language, Record<StandardKind, (company: string) => string>> = {
  en: {
    csat: satisfied.en,
    csat_10: satisfied.en,
    nps: (company) => `How likely are you to recommend ${company || 'us'} to a friend or colleague?`,
    ces: (company) => `${company || 'The company'} made it easy for me to handle my issue.`,
    effort: () => 'How much effort did you personally have to put forth to handle your request?',
  },
  zh: {
    csat: satisfied.zh,
    csat_10: satisfied.zh,
    nps: (company) => `您有多大可能向朋友或同事推荐${company || '我们'}？`,
    ces: (company) => `${company || '贵公司'}让我很容易地解决了问题。`,
    effort: () => '为了解决您的问题，您本人花费了多少精力？',
  },
};

const endTexts: Record<Language, Record<string, [string, string]>> = {
  en: {
    csat: ['very dissatisfied', 'very satisfied'],
    csat_10: ['very dissatisfied', 'very satisfied'],
    nps: ['not at all likely', 'extremely likely'],
    ces: ['strongly disagree', 'strongly agree'],
    effort: ['very low effort', 'very high effort'],
    rating: ['lowest', 'highest'],
    yes_no: ['no', 'yes'],
  },
  zh: {
    csat: ['非常不满意', '非常满意'],
    csat_10: ['非常不满意', '非常满意'],
    nps: ['完全不可能', '极有可能'],
    ces: ['非常不同意', '非常同意'],
    effort: ['非常少', '非常多'],
    rating: ['最低', '最高'],
    yes_no: ['否', '是'],
  },
};

const ownText = (texts: Record<string, string>, tag: string): string | undefined =>
  texts[tag] ?? texts[tag.split('-')[0] ?? ''] ?? undefined;

/** The question in a language: own words of it, else the standard words, else any own words. */
export const questionText = (question: Question, tag: string, company: string): string => {
  const own = ownText(question.texts, tag.toLowerCase());
  if (own !== undefined) return own;
  const { kind } = question;
  const words = standardTexts[languageOf(tag)];
  if (Object.keys(question.texts).length === 0 && kind in words) return words[kind as StandardKind](company);
  return question.texts['en'] ?? Object.values(question.texts)[0] ?? words[kind as StandardKind](company);
};

/** What the lowest and the highest value of a scale mean. */
export const scaleEnds = (question: Question, tag: string): [string, string] | undefined =>
  scaleOf(question) && endTexts[languageOf(tag)][question.kind];
