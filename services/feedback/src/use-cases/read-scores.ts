import { invalidField } from '@throughline/core';
import { dayOf } from '../domain/score/entry';
import type { Distribution, Measure, Score } from '../domain/score/score';
import { methodWords, ranked, scoreOf } from '../domain/score/score';
import type { QuestionKind, Survey } from '../domain/survey/survey';
import type { Cells } from './ports';

export interface ScoreQuery {
  tenantId: string;
  kind: QuestionKind | '';
  survey?: Survey | undefined;
  questionId: string;
  /** Empty for the whole alone. */
  groupBy: string;
  from: number;
  to: number;
  rank: boolean;
  /** What neutral answers count as; empty for what is usual. */
  csatTreatment: '' | 'top_two' | 'not_unhappy';
  /** How answers of CES are summed up; empty for what is usual. */
  cesMeasure: '' | 'top_three' | 'mean';
}

export interface Population {
  eligible: number;
  invited: number;
  answered: number;
  notAsked: Record<string, number>;
}

export interface ScoreAnswer {
  total: { score: Score; population: Population };
  groups: { score: Score; population: Population }[];
  method: string;
}

const LONGEST_DAYS = 1_100;
const DAY = 86_400_000;
const NOT_ASKED = 'not_asked:';

const populationOf = (counts: Distribution = {}): Population => ({
  eligible: counts['eligible'] ?? 0,
  invited: counts['invited'] ?? 0,
  answered: counts['answered'] ?? 0,
  notAsked: Object.fromEntries(
    Object.entries(counts).flatMap(([name, n]) =>
      name.startsWith(NOT_ASKED) ? [[name.slice(NOT_ASKED.length), n]] : [],
    ),
  ),
});

const kindAndScope = ({ kind, survey, questionId }: ScoreQuery): { kind: QuestionKind; scope: string } => {
  if (!survey) {
    if (questionId) throw invalidField('question_id', 'needs', 'needs the survey_id it belongs to');
    if (!kind) throw invalidField('kind', 'required', 'say which kind of question, or which survey');
    return { kind, scope: `kind/${kind}` };
  }
  const { questions } = survey.content;
  const question = questions.find((one) => (questionId ? one.id === questionId : !kind || one.kind === kind));
  if (!question) throw invalidField('question_id', 'unknown', 'the survey has no such question');
  if (questionId) return { kind: question.kind, scope: `question/${survey.id}/${questionId}` };
  return { kind: question.kind, scope: `kind/${question.kind}/${survey.id}` };
};

const measureOf = (kind: QuestionKind, { csatTreatment, cesMeasure }: ScoreQuery): Measure => {
  const satisfaction = kind === 'csat' || kind === 'csat_10';
  if (csatTreatment && !satisfaction) {
    throw invalidField('csat_treatment', 'needs', 'is of answers of kind CSAT and CSAT_10 alone');
  }
  if (cesMeasure && kind !== 'ces') throw invalidField('ces_measure', 'needs', 'is of answers of kind CES alone');
  if (satisfaction && csatTreatment === 'not_unhappy') return `${kind}_not_unhappy`;
  return cesMeasure === 'mean' ? 'ces_mean' : kind;
};

/** Scores from what was counted; the cost depends on days and groups. */
export const readScores = async (cells: Cells, query: ScoreQuery): Promise<ScoreAnswer> => {
  const { tenantId, survey, groupBy, from, to, rank } = query;
  if (!(from < to)) throw invalidField('to', 'after', 'must lie after from');
  if (to - from > LONGEST_DAYS * DAY) throw invalidField('from', 'range', `at most ${LONGEST_DAYS} days`);
  const { kind, scope } = kindAndScope(query);
  const measure = measureOf(kind, query);
  const days = { tenantId, fromDay: dayOf(from), toDay: dayOf(to - 1 + DAY) };
  const population = survey ? `population/${survey.id}` : 'population';
  const read = async (dim: string) => {
    const [sums, people] = await Promise.all([
      cells.sums({ ...days, scope, dim }),
      cells.sums({ ...days, scope: population, dim }),
    ]);
    // Whoever was asked and gave no answer is part of the picture.
    const names = [...new Set([...sums.keys(), ...people.keys()])].sort((a, b) => (a < b ? -1 : 1));
    return names.map((group) => {
      const counts = populationOf(people.get(group));
      const score = scoreOf(measure, group, sums.get(group) ?? {}, counts.eligible || undefined);
      return { score, population: counts };
    });
  };
  const [[total], groups] = await Promise.all([read('total'), groupBy ? read(groupBy) : []]);
  const order = rank
    ? ranked(
        measure,
        groups.map(({ score }) => score),
      )
    : groups.map(({ score }) => score);
  const peopleOf = new Map(groups.map((one) => [one.score.group, one.population]));
  return {
    total: total ?? { score: scoreOf(measure, '', {}), population: populationOf() },
    groups: order.map((score) => ({ score, population: peopleOf.get(score.group)! })),
    method: methodWords(measure),
  };
};
