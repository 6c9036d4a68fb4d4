import { invalidField } from '@throughline/core';
import type { Improvement, Rate } from '../domain/recovery/improvement';
import { rateOf } from '../domain/recovery/improvement';
import { dayOf } from '../domain/score/entry';
import type { Distribution } from '../domain/score/score';
import type { Cells } from './ports';

const DAY = 86_400_000;
const LONGEST_DAYS = 1_100;

export interface CauseRow {
  group: string;
  cases: number;
  recovered: number;
  partly: number;
  lost: number;
  cost: number;
}

const rowOf = (group: string, counts: Distribution = {}): CauseRow => ({
  group,
  cases: counts['cases'] ?? 0,
  recovered: counts['recovered'] ?? 0,
  partly: counts['partly'] ?? 0,
  lost: counts['lost'] ?? 0,
  cost: counts['cost'] ?? 0,
});

/** Closed cases by a dimension, the most frequent first. */
export const causeReport = async (
  cells: Cells,
  query: { tenantId: string; groupBy: string; from: number; to: number },
): Promise<{ total: CauseRow; rows: CauseRow[] }> => {
  const { tenantId, groupBy, from, to } = query;
  if (!(from < to)) throw invalidField('to', 'after', 'must lie after from');
  if (to - from > LONGEST_DAYS * DAY) throw invalidField('from', 'range', `at most ${LONGEST_DAYS} days`);
  const days = { tenantId, scope: 'cases', fromDay: dayOf(from), toDay: dayOf(to - 1 + DAY) };
  const total = rowOf('', (await cells.sums({ ...days, dim: 'total' })).get(''));
  const groups = groupBy ? await cells.sums({ ...days, dim: groupBy }) : new Map<string, Distribution>();
  const rows = [...groups].map(([group, counts]) => rowOf(group, counts));
  return { total, rows: rows.sort((a, b) => b.cases - a.cases || (a.group < b.group ? -1 : 1)) };
};

const countOf = async (
  cells: Cells,
  tenantId: string,
  scope: string,
  name: string,
  from: string,
  to: string,
): Promise<number> =>
  (await cells.sums({ tenantId, scope, dim: 'total', fromDay: from, toDay: to })).get('')?.[name] ?? 0;

/** Cases and costs of a failure point since ever. */
export const failureTotals = async (
  cells: Cells,
  tenantId: string,
  id: string,
): Promise<{ cases: number; cost: number }> => {
  const sums = await cells.sums({ tenantId, scope: `failure/${id}`, dim: 'total', fromDay: '0000', toDay: '9999' });
  const counts = sums.get('') ?? {};
  return { cases: counts['cases'] ?? 0, cost: counts['cost'] ?? 0 };
};

/** How often the failure happened before the measure was in force, and since; whole days, the day itself is in neither. */
export const ratesAround = async (
  cells: Cells,
  tenantId: string,
  { failurePointId, doneAt }: Improvement,
  days: number,
  now: number,
): Promise<{ before?: Rate; after?: Rate }> => {
  if (doneAt === undefined) return {};
  const between = async (from: number, to: number): Promise<Rate> => {
    const span = Math.max(0, Math.round((to - from) / DAY));
    const [a, b] = [dayOf(from), dayOf(to)];
    const cases = await countOf(cells, tenantId, `failure/${failurePointId}`, 'cases', a, b);
    return rateOf(cases, await countOf(cells, tenantId, 'population', 'eligible', a, b), span);
  };
  const end = Math.min(now + DAY, doneAt + (days + 1) * DAY);
  return {
    before: await between(doneAt - days * DAY, doneAt),
    after: await between(doneAt + DAY, Math.max(end, doneAt + DAY)),
  };
};
