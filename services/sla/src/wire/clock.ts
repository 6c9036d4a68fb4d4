import type { slaV1 } from '@throughline/proto';
import type { Clock, LedgerEntry } from '../domain/clock/clock';
import { wireClockState, wireMetric, wirePriority, wireSeconds, wireTime } from './words';

const wireLine = (entry: LedgerEntry): slaV1.LedgerEntry => ({
  at: new Date(entry.at),
  what: entry.what,
  reason: entry.reason,
  usedSeconds: wireSeconds(entry.usedMs),
  dueAt: wireTime(entry.dueAt),
  percent: entry.percent ?? 0,
  breachWithdrawn: entry.withdrawn ?? false,
});

/** A clock as the API shows it; `usedMs` is counted up to now. */
export const wireClock = (
  clock: Clock,
  of: { conversationId: string; channel: string; usedMs: number },
  withLedger = true,
): slaV1.Clock => {
  const { terms } = clock;
  return {
    id: clock.id,
    conversationId: of.conversationId,
    metric: wireMetric(clock.metric),
    state: wireClockState(clock.state),
    team: clock.team,
    policyId: terms.policy.id,
    policyVersion: BigInt(terms.policy.version),
    calendars: terms.calendars.map(({ id, version }) => ({ id, version: BigInt(version) })),
    targetSeconds: wireSeconds(terms.targetMs),
    usedSeconds: wireSeconds(of.usedMs),
    priority: wirePriority(terms.priority),
    startedAt: new Date(clock.startedAt),
    dueAt: wireTime(clock.dueAt),
    breachedAt: wireTime(clock.breachedAt),
    endedAt: wireTime(clock.endedAt),
    firedPercents: clock.fired.map(({ percent }) => percent),
    ledger: withLedger ? clock.ledger.map(wireLine) : [],
    channel: of.channel,
  };
};
