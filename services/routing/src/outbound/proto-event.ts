import type { OutgoingRecord } from '@throughline/bus';
import { encodeEvent, eventId } from '@throughline/bus';
import { routingV1 } from '@throughline/proto';
import type { QueueEvent } from '../domain/guard';
import type { WorkEvent, WorkItem } from '../domain/work-item';
import type { Fact } from '../use-cases/ports';
import { wireAction, wirePresence, wirePriority } from '../wire/enums';
import { showCallback, showTold } from '../wire/work';
import { channelCommandsOf } from './channel-command';

const workTopic = 'routing.work.v1';
const agentsTopic = 'routing.agents.v1';
const source = 'throughline/routing';

const seconds = (from: number, to: number): number => Math.max(0, to - from) / 1000;
const date = (ms: number): Date | undefined => (ms > 0 ? new Date(ms) : undefined);

type Encoded = { type: string; data: Uint8Array };
type Writer = ReturnType<typeof routingV1.OfferMade.encode>;
// One writer for all events: it keeps its grown buffer, and each event is copied out of it once.
let writer: Writer | undefined;
const made = <T>(name: string, codec: { encode(value: T, into?: Writer): Writer }, value: T): Encoded => {
  const given = writer;
  // What a failed event leaves in it must not become part of the next one.
  writer = undefined;
  const used = codec.encode(value, given);
  const data = used.finish();
  writer = used;
  return { type: `throughline.routing.v1.${name}`, data };
};

const encodeWork = (event: WorkEvent, before: WorkItem | undefined, after: WorkItem): Encoded | undefined => {
  const workItemId = after.id;
  const { conversationId, queueId, ruleName } = after;
  const offered = { workItemId, offerId: before?.offerId ?? '', agentId: before?.agentId ?? '' };
  switch (event.type) {
    case 'queued':
      return made('WorkItemQueued', routingV1.WorkItemQueued, {
        workItemId,
        conversationId,
        channel: after.channel,
        queueId,
        priority: wirePriority(after.priority),
        policyId: after.policyId,
        policyVersion: BigInt(after.policyVersion),
        ruleName,
        arrivedAt: date(after.arrivedAt),
        preferredAgentId: after.preferredAgentId,
      });
    case 'relaxed':
      return made('WorkItemRelaxed', routingV1.WorkItemRelaxed, {
        workItemId,
        queueId,
        ruleName,
        relaxationSteps: event.steps,
        detail: event.detail,
      });
    case 'overflowed':
      return made('WorkItemOverflowed', routingV1.WorkItemOverflowed, {
        workItemId,
        fromQueueId: event.from,
        toQueueId: queueId,
        waitedSeconds: seconds(before?.queuedAt ?? event.at, event.at),
        reason: event.reason ?? '',
      });
    case 'offered':
      return made('OfferMade', routingV1.OfferMade, {
        workItemId,
        offerId: event.offerId,
        agentId: event.agentId,
        decisionId: event.decisionId,
        expiresAt: date(event.expiresAt),
        queueId,
        ruleName,
        explanation: event.explanation,
        conversationId,
      });
    case 'accepted': {
      const entered = after.stays.at(-1)?.enteredAt ?? event.at;
      const { offerId, agentId } = after;
      const waitedSeconds = seconds(entered, event.at);
      return made('OfferAccepted', routingV1.OfferAccepted, {
        workItemId,
        offerId,
        agentId,
        waitedSeconds,
        conversationId,
        queueId,
      });
    }
    case 'declined':
      return made('OfferDeclined', routingV1.OfferDeclined, { ...offered, reason: event.reason });
    case 'timed_out':
      return made('OfferTimedOut', routingV1.OfferTimedOut, offered);
    case 'withdrawn':
      return made('OfferWithdrawn', routingV1.OfferWithdrawn, { ...offered, reason: event.reason });
    case 'handled':
      return made('WorkItemHandled', routingV1.WorkItemHandled, {
        workItemId,
        agentId: after.agentId,
        handleSeconds: seconds(after.answeredAt, event.at),
        wrapUpUntil: date(event.wrapUpUntil),
        reason: event.reason,
        conversationId,
      });
    case 'completed':
      return made('WorkItemCompleted', routingV1.WorkItemCompleted, {
        workItemId,
        agentId: after.agentId,
        conversationId,
      });
    case 'cancelled':
      return made('WorkItemCancelled', routingV1.WorkItemCancelled, {
        workItemId,
        queueId,
        reason: event.reason,
        waitedSeconds: seconds(after.stays.at(-1)?.enteredAt ?? event.at, event.at),
        conversationId,
      });
    case 'transferred':
      return made('WorkItemTransferred', routingV1.WorkItemTransferred, {
        workItemId,
        fromAgentId: before?.agentId ?? '',
        fromQueueId: before?.queueId ?? '',
        toQueueId: queueId,
        toAgentId: event.toAgentId,
        reason: event.reason,
        conversationId,
        handover: event.handover,
      });
    case 'wait_told':
      return made('WaitTold', routingV1.WaitTold, {
        workItemId,
        conversationId,
        told: showTold(event.told),
        text: event.text,
        callbackOffered: event.callbackOffered === true,
      });
    case 'estimate_missed':
      return made('WaitEstimateMissed', routingV1.WaitEstimateMissed, {
        workItemId,
        conversationId,
        told: showTold({ ...event.missed[0]!, missedAt: event.at }),
        waitedSeconds: seconds(after.queuedAt, event.at),
      });
    case 'not_connected':
      return made('CallNotConnected', routingV1.CallNotConnected, {
        workItemId,
        conversationId,
        offerId: before?.offerId ?? '',
        agentId: before?.agentId ?? '',
        queueId,
      });
    case 'callback_requested':
      return made('CallbackRequested', routingV1.CallbackRequested, {
        workItemId,
        conversationId,
        queueId,
        callback: showCallback(event.callback),
        waitedSeconds: seconds(after.stays.at(-1)?.enteredAt ?? event.at, event.at),
      });
    case 'not_reached':
      return made('CallbackNotReached', routingV1.CallbackNotReached, {
        workItemId,
        conversationId,
        agentId: before?.agentId ?? '',
        callback: showCallback(event.callback),
      });
    default:
      return undefined;
  }
};

const encodeQueue = (event: QueueEvent, queueId: string): Encoded | undefined => {
  if (event.type === 'low_since') return undefined;
  const { step, reason, waited, now, detail } = event;
  const said = {
    queueId,
    step,
    action: wireAction(detail.action),
    reason,
    longestWaitSeconds: waited,
    waiting: BigInt(now.waiting),
    serviceLevel: now.serviceLevel,
  };
  return event.type === 'step_taken'
    ? made('QueueGuardStepTaken', routingV1.QueueGuardStepTaken, { ...said, queueIds: detail.queueIds })
    : made('QueueGuardStepReleased', routingV1.QueueGuardStepReleased, said);
};

// Written out: put together from spread parts, an event of this size costs ten microseconds more.
const recordOf = (topic: string, fact: Fact, { type, data }: Encoded): OutgoingRecord => {
  const { about, seq, event } = fact;
  const { tenantId, id } = fact.after;
  const work = fact.about === 'work' ? fact.after : undefined;
  const time = new Date(event.at);
  const value = encodeEvent({
    id: eventId(`${tenantId}/${about}/${id}`, seq),
    source,
    type,
    subject: id,
    time,
    recordedAt: time,
    tenantId,
    contactPoint: work?.contactPoint || undefined,
    conversationId: work?.conversationId || undefined,
    channel: work?.channel,
    data,
  });
  return { topic, key: `${tenantId}/${id}`, value };
};

/** A fact as it goes to Kafka; what only matters inside gives nothing. */
export const recordsOf = (fact: Fact): OutgoingRecord[] => {
  if (fact.about === 'work') {
    const encoded = encodeWork(fact.event, fact.before, fact.after);
    return encoded ? [recordOf(workTopic, fact, encoded), ...channelCommandsOf(fact.event, fact.after)] : [];
  }
  if (fact.about === 'queue') {
    const encoded = encodeQueue(fact.event, fact.after.id);
    return encoded ? [recordOf(workTopic, fact, encoded)] : [];
  }
  if (fact.event.type !== 'presence_changed') return [];
  const encoded = made('AgentPresenceChanged', routingV1.AgentPresenceChanged, {
    agentId: fact.after.id,
    from: wirePresence(fact.before.presence),
    to: wirePresence(fact.event.to),
    reason: fact.event.reason,
    setBy: fact.event.setBy,
  });
  return [recordOf(agentsTopic, fact, encoded)];
};
