import type { routingV1 } from '@throughline/proto';
import type { Callback } from '../domain/callback';
import type { Decision } from '../domain/decision';
import { explainDecision } from '../domain/decision';
import type { ToldWait } from '../domain/told';
import type { AgentView, QueueView, WorkView } from '../use-cases/commands';
import { wireAction, wirePresence, wirePriority, wireSelection, wireState } from './enums';

const date = (ms: number): Date | undefined => (ms > 0 ? new Date(ms) : undefined);

export const showTold = (told: ToldWait): routingV1.ToldWait => ({
  toldAt: new Date(told.at),
  queueId: told.queueId,
  position: BigInt(told.position),
  fromSeconds: told.estimate.kind === 'range' ? BigInt(told.estimate.fromSeconds) : undefined,
  toSeconds: told.estimate.kind === 'range' ? BigInt(told.estimate.toSeconds) : undefined,
  noEstimateReason: told.estimate.kind === 'none' ? told.estimate.reason : '',
  announced: told.announced,
  missedAt: date(told.missedAt),
});

export const showCallback = (callback: Callback): routingV1.Callback => ({
  phone: callback.phone,
  notBefore: date(callback.notBefore),
  notAfter: date(callback.notAfter),
  attempts: callback.attempts,
  maxAttempts: callback.maxAttempts,
  retrySeconds: callback.retrySeconds,
  nextAt: date(callback.nextAt),
});

export const showWork = ({ item, rev }: WorkView): routingV1.WorkItem => ({
  id: item.id,
  conversationId: item.conversationId,
  channel: item.channel,
  priority: wirePriority(item.priority),
  subject: item.subject,
  language: item.language,
  topic: item.topic,
  attributes: item.attributes,
  state: wireState(item.state),
  queueId: item.queueId,
  policyId: item.policyId,
  policyVersion: BigInt(item.policyVersion),
  ruleName: item.ruleName,
  relaxationSteps: item.relaxationSteps,
  arrivedAt: date(item.arrivedAt),
  queuedAt: date(item.queuedAt),
  agentId: item.agentId,
  offerId: item.offerId,
  offerExpiresAt: date(item.state === 'OFFERED' ? item.offerExpiresAt : 0),
  decisionId: item.decisionId,
  offerCount: item.offerCount,
  transferCount: item.transferCount,
  answeredAt: date(item.answeredAt),
  endedAt: date(item.endedAt),
  endReason: item.endReason,
  preferredAgentId: item.preferredAgentId,
  version: BigInt(rev),
  handover: item.handover,
  toldWaits: (item.waits ?? []).map(showTold),
  callback: item.callback && showCallback(item.callback),
});

export const showAgentState = ({
  faring,
  state,
  rev,
  usedUnits,
  capacityUnits,
  open,
}: AgentView): routingV1.AgentState => ({
  coolDownUntil: date(faring.coolDownUntil),
  restReason: faring.restReason,
  rollingOccupancy: faring.rollingOccupancy,
  hardContactsLately: faring.hardLately,
  agentId: state.id,
  presence: wirePresence(state.presence),
  reason: state.reason,
  since: date(state.since),
  idleSince: date(state.idleSince),
  usedUnits,
  capacityUnits,
  work: state.load.map((one) => ({
    workItemId: one.workItemId,
    conversationId: one.conversationId,
    channel: one.channel,
    units: one.units,
    state: wireState(one.state),
    offerId: one.offerId,
    offerExpiresAt: date(one.state === 'OFFERED' ? one.offerExpiresAt : 0),
    since: date(one.since),
    subject: one.subject,
    handover: one.handover,
  })),
  openChannels: open,
  version: BigInt(rev),
});

export const showDecision = (decision: Decision): routingV1.Decision => ({
  id: decision.id,
  workItemId: decision.workItemId,
  agentId: decision.agentId,
  decidedAt: new Date(decision.at),
  policyId: decision.policyId,
  policyVersion: BigInt(decision.policyVersion),
  ruleName: decision.ruleName,
  rules: decision.passedRules,
  queueIds: [...decision.demand.queueIds],
  channel: decision.demand.channel,
  skills: [...decision.demand.needs],
  preferredAgentId: decision.demand.preferredAgentId,
  selection: wireSelection(decision.demand.selection),
  relaxationSteps: decision.relaxationSteps,
  waitedSeconds: (decision.at - decision.arrivedAt) / 1000,
  score: decision.score,
  candidates: decision.candidates.map(({ agent, skip }) => ({
    agentId: agent.agentId,
    chosen: agent.agentId === decision.agentId,
    skipReason: skip?.reason ?? '',
    detail: skip?.detail ?? '',
    idleSince: date(agent.idleSince),
    occupancy: agent.occupancy,
    hardContactsLately: agent.hardLately ?? 0,
  })),
  skipped: decision.skipped,
  workAhead: decision.workAhead.map(({ workItemId, score, skip }) => ({
    workItemId,
    score,
    skipReason: skip.reason,
    detail: skip.detail,
  })),
  explanation: explainDecision(decision),
  hardReasons: [...(decision.wait.hard ?? [])],
});

export const showQueue = (view: QueueView, at: number): routingV1.QueueLive => ({
  queueId: view.queueId,
  waiting: BigInt(view.waiting),
  longestWaitSeconds: view.oldestAt === undefined ? 0 : Math.max(0, at - view.oldestAt) / 1000,
  callbacks: BigInt(view.callbacks),
  agentsAvailable: view.available,
  agentsSignedIn: view.signedIn,
  agentsBusy: view.busy,
  serviceLevel: view.serviceLevel,
  serviceLevelVariant: 'SL-4',
  target: view.target,
  thresholdSeconds: view.thresholdSeconds,
  guardActions: view.actions.map(wireAction),
});
