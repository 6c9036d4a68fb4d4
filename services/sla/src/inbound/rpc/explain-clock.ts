import { invalidField, isZone } from '@throughline/core';
import { usedAt } from '../../domain/clock/decide';
import { explain, summaryOf } from '../../domain/clock/explain';
import { wireSeconds, wireTime } from '../../wire/words';
import type { Rpc } from './deps';
import { findClock, ruled, shown } from './deps';

/** A deadline in words, line by line, with the arithmetic. */
export const explainClock: Rpc<'explainClock'> = (deps) => async (request, call) => {
  const { tenantId } = call.caller;
  if (request.timeZone && !isZone(request.timeZone)) {
    throw invalidField('time_zone', 'time_zone', 'expected a zone of the IANA database');
  }
  const found = await findClock(deps, tenantId, request.clockId);
  const { clock } = found;
  return ruled(deps, tenantId, (rules) => {
    const steps = explain(clock, request.timeZone || rules.zoneOf(clock), rules);
    const used = usedAt(clock, Math.max(deps.now(), clock.runningSince ?? 0), rules);
    return {
      clock: shown(deps, found, rules),
      summary: summaryOf(clock, used, request.timeZone || rules.zoneOf(clock)),
      steps: steps.map((step) => ({
        at: new Date(step.at),
        what: step.what,
        text: step.text,
        countedSeconds: wireSeconds(step.countedMs),
        usedSeconds: wireSeconds(step.usedMs),
        dueAt: wireTime(step.dueAt),
        windows: step.windows.map(({ from, to }) => ({ from: new Date(from), to: new Date(to) })),
      })),
    };
  });
};
