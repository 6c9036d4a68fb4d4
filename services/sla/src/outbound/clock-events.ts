import { slaV1 as v1 } from '@throughline/proto';
import type { NewEvent } from '@throughline/store';
import type { Docket } from '../domain/clock/clock';
import type { Told } from '../domain/clock/fold';
import { wireAction, wireMetric, wirePriority, wireSeconds, wireTime } from '../wire/words';

const factsOf = (docket: Docket, { event, clock }: Told): v1.ClockFacts => ({
  clockId: clock.id,
  conversationId: docket.id,
  metric: wireMetric(clock.metric),
  team: clock.team,
  policyId: clock.terms.policy.id,
  policyVersion: BigInt(clock.terms.policy.version),
  priority: wirePriority(clock.terms.priority),
  targetSeconds: wireSeconds(clock.terms.targetMs),
  usedSeconds: wireSeconds(event.usedMs),
  dueAt: wireTime(clock.dueAt),
});

const messageOf = (docket: Docket, told: Told): [string, Uint8Array] => {
  const { event, summary } = told;
  const base = { clock: factsOf(docket, told), summary };
  const customerDueAt = wireTime(told.customerDueAt);
  switch (event.type) {
    case 'started':
      return ['ClockStarted', v1.ClockStarted.encode({ ...base, reason: event.reason }).finish()];
    case 'paused': {
      const message = { ...base, reason: event.reason, breachWithdrawn: event.withdrawn };
      return ['ClockPaused', v1.ClockPaused.encode(message).finish()];
    }
    case 'resumed': {
      const message = { ...base, reason: event.reason, reopened: event.reopened };
      return ['ClockResumed', v1.ClockResumed.encode(message).finish()];
    }
    case 'retargeted': {
      const message = { ...base, reason: event.reason, startedAt: new Date(event.since) };
      return ['ClockRetargeted', v1.ClockRetargeted.encode(message).finish()];
    }
    case 'warned':
      return ['ClockWarned', v1.ClockWarned.encode({ ...base, percent: event.percent, customerDueAt }).finish()];
    case 'escalated': {
      const actions = event.actions.map(({ kind, to }) => ({ kind: wireAction(kind), to }));
      const message = { ...base, percent: event.percent, step: event.name, actions };
      return ['ClockEscalated', v1.ClockEscalated.encode(message).finish()];
    }
    case 'breached':
      return ['ClockBreached', v1.ClockBreached.encode({ ...base, customerDueAt }).finish()];
    case 'stopped': {
      const message = { ...base, reason: event.reason, met: event.met, breachWithdrawn: event.withdrawn };
      return ['ClockStopped', v1.ClockStopped.encode(message).finish()];
    }
    case 'cancelled': {
      const message = { ...base, reason: event.reason, breachWithdrawn: event.withdrawn };
      return ['ClockCancelled', v1.ClockCancelled.encode(message).finish()];
    }
  }
};

/** A fact about a clock as the world is told it; when we noticed it is still to be said. */
export const clockFact = (docket: Docket, told: Told): Omit<NewEvent, 'recordedAt'> => {
  const [name, data] = messageOf(docket, told);
  return {
    type: `throughline.sla.v1.${name}`,
    subject: told.clock.id,
    time: new Date(told.event.at),
    conversationId: docket.id,
    ...(docket.contactPoint ? { contactPoint: docket.contactPoint } : {}),
    ...(docket.facts.channel ? { channel: docket.facts.channel } : {}),
    ...(docket.issueId ? { issueId: docket.issueId } : {}),
    data,
  };
};
