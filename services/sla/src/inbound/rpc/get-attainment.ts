import type { slaV1 } from '@throughline/proto';
import type { Metric } from '../../domain/clock/clock';
import { keptRate } from '../../domain/promise/promise';
import type { AttainmentCount, Dimension } from '../../use-cases/ports';
import { wireMetric } from '../../wire/words';
import type { Rpc } from './deps';
import { instant } from './instants';

const dimensionOf: Record<string, Dimension> = {
  ATTAINMENT_DIMENSION_POLICY: 'policyId',
  ATTAINMENT_DIMENSION_METRIC: 'metric',
  ATTAINMENT_DIMENSION_CHANNEL: 'channel',
  ATTAINMENT_DIMENSION_TEAM: 'team',
  ATTAINMENT_DIMENSION_PRIORITY: 'priority',
  ATTAINMENT_DIMENSION_DAY: 'day',
  ATTAINMENT_DIMENSION_TOPIC: 'topic',
  ATTAINMENT_DIMENSION_LANGUAGE: 'language',
  ATTAINMENT_DIMENSION_DESTINATION: 'destination',
  ATTAINMENT_DIMENSION_ASSIGNEE: 'assigneeId',
};

const none: Record<Dimension, string> = {
  policyId: '',
  metric: '',
  channel: '',
  team: '',
  priority: '',
  day: '',
  topic: '',
  language: '',
  destination: '',
  assigneeId: '',
  attribute: '',
};
const zero = { met: 0, breached: 0, open: 0, cancelled: 0 };

const rowOf = (count: AttainmentCount): slaV1.AttainmentRow => ({
  ...none,
  ...count,
  metric: wireMetric((count.metric ?? '') as Metric),
  met: BigInt(count.met),
  breached: BigInt(count.breached),
  open: BigInt(count.open),
  cancelled: BigInt(count.cancelled),
  attainment: count.met + count.breached === 0 ? undefined : count.met / (count.met + count.breached),
});

/** Sums of the counts that are equal in the chosen dimensions, in their order. */
const grouped = (counts: AttainmentCount[], by: Dimension[]): AttainmentCount[] => {
  const groups = new Map<string, AttainmentCount>();
  for (const count of counts) {
    const name = by.map((dimension) => count[dimension]).join('\u0000');
    const chosen = Object.fromEntries(by.map((dimension) => [dimension, count[dimension]]));
    const group = groups.get(name) ?? { ...chosen, ...zero };
    for (const key of ['met', 'breached', 'open', 'cancelled'] as const) group[key] += count[key];
    groups.set(name, group);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
};

/** Met of met and breached, by dimensions; and the kept promises of teams. */
export const getAttainment: Rpc<'getAttainment'> = (deps) => async (request, call) => {
  const { tenantId } = call.caller;
  const from = instant('from', request.from);
  const to = instant('to', request.to);
  const { groupByAttribute: attribute } = request;
  const chosen = new Set(request.groupBy.flatMap((dimension) => dimensionOf[dimension] ?? []));
  if (attribute) chosen.add('attribute');
  const by = [...chosen];
  const counts = await deps.dockets.attainment({ tenantId, from, to, now: deps.now(), by, attribute });
  const teams = new Map<string, { kept: number; late: number; broken: number }>();
  for (const { teamId, state, n } of await deps.promises.keptByTeam(tenantId, from, to)) {
    const team = teams.get(teamId) ?? { kept: 0, late: 0, broken: 0 };
    team[state as 'kept'] += n;
    teams.set(teamId, team);
  }
  return {
    total: rowOf(grouped(counts, [])[0] ?? zero),
    rows: by.length > 0 ? grouped(counts, by).map(rowOf) : [],
    keptPromises: [...teams].map(([teamId, team]) => ({
      teamId,
      kept: BigInt(team.kept),
      late: BigInt(team.late),
      broken: BigInt(team.broken),
      keptRate: keptRate(team),
    })),
  };
};
