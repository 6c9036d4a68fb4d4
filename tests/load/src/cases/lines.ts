import type { Drained } from '../measure/drain';
import type { Ratio } from '../measure/pairs';
import { median } from '../measure/pairs';
import type { Line } from '../measure/report';

export const spread = (ratio: Ratio): string =>
  `${ratio.median.toFixed(2)} [${ratio.low.toFixed(2)}–${ratio.high.toFixed(2)}]`;

const rate = (runs: Drained[]): string =>
  `${(median(runs.map((run) => run.perSecond)) / 1000).toFixed(1)}k/s, ${median(runs.map((run) => run.cpuPerMillion)).toFixed(1)} CPU-s/M`;

export const drainLine = (
  name: string,
  what: string,
  pairs: { ours: Drained; floor: Drained }[],
  ratio: Ratio,
  goal: number,
  correct: boolean,
): Line => ({
  case: name,
  what,
  ours: rate(pairs.map(({ ours }) => ours)),
  floor: rate(pairs.map(({ floor }) => floor)),
  ratio: spread(ratio),
  goal: `≥ ${goal}`,
  met: ratio.median >= goal,
  correct,
});
