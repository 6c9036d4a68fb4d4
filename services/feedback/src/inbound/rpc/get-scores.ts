import type { feedbackV1 } from '@throughline/proto';
import type { Score } from '../../domain/score/score';
import type { Population } from '../../use-cases/read-scores';
import { readScores } from '../../use-cases/read-scores';
import { cesMeasureOf, csatTreatmentOf, dimensionOf, kindOf, wireMethod } from '../../wire/words';
import type { Rpc } from './deps';
import { notFound } from './deps';

const DAY = 86_400_000;
const USUAL_DAYS = 90;
const LATEST = Date.UTC(2199, 11, 31);

const counts = (record: Record<string, number>): Record<string, bigint> =>
  Object.fromEntries(Object.entries(record).map(([name, n]) => [name, BigInt(n)]));

const wireScore = ({ score, population }: { score: Score; population: Population }): feedbackV1.Score => ({
  group: score.group,
  n: BigInt(score.n),
  value: score.value,
  low: score.low,
  high: score.high,
  method: wireMethod(score.method),
  unit: score.unit,
  confidence: 0.95,
  distribution: counts(score.distribution),
  population: {
    eligible: BigInt(population.eligible),
    invited: BigInt(population.invited),
    answered: BigInt(population.answered),
    responseRate: population.invited > 0 ? population.answered / population.invited : undefined,
    notAsked: counts(population.notAsked),
  },
  sampleTooSmall: score.sampleTooSmall,
  neededN: BigInt(score.neededN),
  rank: score.rank,
  bands: score.bands && {
    positive: BigInt(score.bands.positive),
    neutral: BigInt(score.bands.neutral),
    negative: BigInt(score.bands.negative),
  },
});

/** Scores with everything that is needed to judge them. */
export const getScores: Rpc<'getScores'> = (deps) => async (request, call) => {
  const { tenantId } = call.caller;
  const { surveyId, questionId, rank } = request;
  const survey = surveyId ? await deps.surveys.get(tenantId, surveyId) : undefined;
  if (surveyId && !survey) throw notFound('SURVEY', surveyId);
  const to = Math.min(request.to?.getTime() ?? deps.now() + DAY, LATEST);
  const from = Math.max(request.from?.getTime() ?? to - USUAL_DAYS * DAY, 0);
  const answer = await readScores(deps.cells, {
    tenantId,
    kind: kindOf(request.kind),
    survey,
    questionId,
    groupBy: dimensionOf(request.groupBy),
    from,
    to,
    rank,
    csatTreatment: csatTreatmentOf(request.csatTreatment),
    cesMeasure: cesMeasureOf(request.cesMeasure),
  });
  return { total: wireScore(answer.total), groups: answer.groups.map(wireScore), method: answer.method };
};
