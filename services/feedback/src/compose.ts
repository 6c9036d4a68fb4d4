import type { CrashPoint, DeadDelivery, Delivery, Handle, Producer } from '@throughline/bus';
import type { Clock } from '@throughline/core';
import { newId } from '@throughline/core';
import { createRounds } from '@throughline/lifecycle';
import { createDatabaseTime, createShares } from '@throughline/service';
import type { Store } from '@throughline/store';
import { createAggregates } from '@throughline/store';
import type { Telemetry } from '@throughline/telemetry';
import type { Config } from './config';
import type { Docket } from './domain/ask/docket';
import type { Invitation } from './domain/ask/invitation';
import type { Person } from './domain/ask/person';
import type { Calibration, Evaluation } from './domain/quality/evaluation';
import type { Scorecard } from './domain/quality/scorecard';
import type { Recognition, Suggestion } from './domain/quality/voice';
import type { Approval } from './domain/recovery/approval';
import type { CaseEvent, RecoveryCase } from './domain/recovery/case';
import { evolveCase } from './domain/recovery/case';
import type { Spending } from './domain/recovery/empowerment';
import type { FailurePoint, Improvement, ImprovementEvent } from './domain/recovery/improvement';
import { evolveImprovement } from './domain/recovery/improvement';
import type { Facts } from './facts';
import { followOnConversationEvent } from './inbound/events/follow.on-conversation-event';
import { followOnCustomerEvent } from './inbound/events/follow.on-customer-event';
import { noteOnDeliveryEvent } from './inbound/events/note.on-delivery-event';
import { protectOnFact } from './inbound/events/protect.on-fact';
import { recoverOnFact } from './inbound/events/recover.on-fact';
import { takeOnChannelEvent } from './inbound/events/take.on-channel-event';
import type { Deps } from './inbound/rpc/deps';
import type { EmpowermentDeps } from './inbound/rpc/empowerment/deps';
import type { QualityDeps } from './inbound/rpc/quality/deps';
import type { RecoveryDeps } from './inbound/rpc/recovery/deps';
import { approvalFromDoc, approvalToDoc, createApprovals } from './outbound/approvals';
import { createCells, createCounter } from './outbound/counter';
import { createCustomerLinks } from './outbound/customer-links';
import { createDockets, docketFromDoc, docketToDoc } from './outbound/dockets';
import { createInvitations, invitationFromDoc, invitationToDoc } from './outbound/invitations';
import { createLinks } from './outbound/links';
import { createPeople } from './outbound/people';
import { evaluationEvent, recognitionEvent, suggestionEvent } from './outbound/quality-events';
import { createRecords, createReplaced, fromDoc, toDoc } from './outbound/records';
import { caseEvent, failurePointEvent, improvementEvent } from './outbound/recovery-events';
import { SHARDS } from './outbound/shards';
import type { KeptSurvey } from './outbound/surveys';
import { createSurveys } from './outbound/surveys';
import { approvalsDue } from './use-cases/approve';
import { askThoseDue } from './use-cases/ask';
import { followConversations } from './use-cases/follow-conversations';
import { noteFates } from './use-cases/note-fates';
import type { AgentPreference } from './use-cases/quality-ports';
import type { KeptCauses, KeptEmpowerment, KeptPolicy } from './use-cases/recovery-ports';
import { takeChannelAnswers } from './use-cases/take-channel-answers';

export interface Wiring {
  config: Config;
  store: Store;
  producer: Producer;
  telemetry: Telemetry;
  facts: Facts;
  /** Decides the time in tests; the database's time otherwise. */
  clock?: Clock | undefined;
  crashPoint?: CrashPoint | undefined;
}

/** Topics this service listens to. */
export const topics = [
  'channel.inbound.v1',
  'conversation.conversations.v1',
  'sla.promises.v1',
  'journey.customers.v1',
  'notification.deliveries.v1',
  'feedback.surveys.v1',
  'feedback.cases.v1',
];

const COUNT_MS = 5_000;

/** Puts the parts together once the database is there. */
export const compose = ({ config, store, producer, telemetry, facts, clock, crashPoint }: Wiring) => {
  const failed = (what: string) => (error: unknown) => facts.roundFailed(what, error);
  const time = createDatabaseTime(store, failed("reading the database's time"));
  const now = clock ? clock.now : time.now;
  const instanceId = newId();
  const shared = {
    store,
    producer,
    instanceId,
    telemetry,
    crashPoint,
    source: 'throughline/feedback',
    topic: 'feedback.surveys.v1',
  };
  const dockets = createAggregates<Docket>({
    ...shared,
    collection: 'dockets',
    toDoc: docketToDoc,
    fromDoc: docketFromDoc,
  });
  const people = createAggregates<Person>({ ...shared, collection: 'people', toDoc, fromDoc: fromDoc<Person> });
  const surveys = createAggregates<KeptSurvey>({
    ...shared,
    collection: 'surveys',
    toDoc,
    fromDoc: fromDoc<KeptSurvey>,
  });
  const invitations = createAggregates<Invitation>({
    ...shared,
    collection: 'invitations',
    toDoc: invitationToDoc,
    fromDoc: invitationFromDoc,
  });

  const plain = <S extends { id: string }>(collection: string) =>
    createAggregates<S>({ ...shared, topic: 'feedback.cases.v1', collection, toDoc, fromDoc: fromDoc<S> });
  const cases = plain<RecoveryCase>('cases');
  const policies = plain<KeptPolicy>('settings');
  const empowerments = plain<KeptEmpowerment>('settings');
  const approvals = createAggregates<Approval>({
    ...shared,
    topic: 'feedback.cases.v1',
    collection: 'approvals',
    toDoc: approvalToDoc,
    fromDoc: approvalFromDoc,
  });
  const ownCauses = plain<KeptCauses>('settings');
  const spendings = plain<Spending>('spendings');
  const failurePoints = plain<FailurePoint>('failure_points');
  const improvements = plain<Improvement>('improvements');
  const scorecards = plain<Scorecard>('scorecards');
  const evaluations = plain<Evaluation>('evaluations');
  const calibrations = plain<Calibration>('calibrations');
  const suggestions = plain<Suggestion>('suggestions');
  const recognitions = plain<Recognition>('recognitions');
  const agentPreferences = plain<AgentPreference>('agent_preferences');

  const counter = createCounter(store);
  const counting = createRounds({
    work: async () => facts.counted(await counter.round()),
    pauseMs: COUNT_MS,
    failed: failed('counting'),
  });
  const written = () => counting.wake();
  const links = createLinks(config.FEEDBACK_LINK_KEYS, config.FEEDBACK_PUBLIC_URL);
  const customers = createCustomerLinks(store);
  const deps: Deps & RecoveryDeps & EmpowermentDeps & QualityDeps = {
    dockets: createDockets(store, dockets, written),
    people: createPeople(people),
    invitations: createInvitations(invitations, links, written),
    surveys: createSurveys(store, surveys, now),
    customers,
    cases: createRecords<RecoveryCase, CaseEvent>({
      aggregates: cases,
      evolve: evolveCase,
      tell: caseEvent,
      order: 'openedAt',
      written,
    }),
    policies: createReplaced(policies),
    empowerments: createReplaced(empowerments),
    approvals: createApprovals(approvals),
    ownCauses: createReplaced(ownCauses),
    spendings: createReplaced(spendings),
    failurePoints: createReplaced(failurePoints, failurePointEvent),
    improvements: createRecords<Improvement, ImprovementEvent>({
      aggregates: improvements,
      evolve: evolveImprovement,
      tell: improvementEvent,
      order: 'createdAt',
    }),
    scorecards: createReplaced(scorecards),
    evaluations: createReplaced(evaluations, evaluationEvent, written),
    calibrations: createReplaced(calibrations),
    suggestions: createReplaced(suggestions, suggestionEvent),
    recognitions: createReplaced(recognitions, recognitionEvent),
    agentPreferences: createReplaced(agentPreferences),
    cells: createCells(store),
    links,
    lookAgainMs: config.FEEDBACK_LOOK_AGAIN_MS,
    windowMs: config.FEEDBACK_FCR_WINDOW_MS,
    now,
    newId,
  };
  const shares = createShares({
    store,
    owner: instanceId,
    shards: SHARDS,
    leaseMs: config.FEEDBACK_LEASE_MS,
    collection: 'asking_leases',
    failed: failed('renewing leases'),
  });
  const askDue = askThoseDue(deps, shares.mine, failed('asking a customer'));
  const asking = createRounds({
    work: async () => facts.decided(await askDue()),
    pauseMs: config.FEEDBACK_LOOK_MS,
    failed: failed('asking'),
  });

  const lookAtApprovals = approvalsDue(deps, shares.mine, failed('looking at an approval'));
  const approving = createRounds({
    work: async () => void (await lookAtApprovals()),
    pauseMs: config.FEEDBACK_LOOK_MS,
    failed: failed('looking at approvals'),
  });

  const follow = followOnConversationEvent(followConversations(deps), facts);
  const protect = protectOnFact(deps.people, now);
  const recover = recoverOnFact(deps);
  const handlers: Record<string, Handle[]> = {
    'channel.inbound.v1': [takeOnChannelEvent(takeChannelAnswers(deps))],
    'conversation.conversations.v1': [follow, recover],
    'journey.customers.v1': [followOnCustomerEvent(customers)],
    'notification.deliveries.v1': [protect, noteOnDeliveryEvent(noteFates(deps))],
  };
  // What nobody can read is a dead letter once, whoever stumbled over it.
  const handle: Handle = async (deliveries, context) => {
    const dead = new Map<Delivery, DeadDelivery>();
    for (const react of handlers[deliveries[0]?.topic ?? ''] ?? [protect, recover]) {
      for (const one of (await react(deliveries, context))?.dead ?? []) dead.set(one.delivery, one);
    }
    return { dead: [...dead.values()] };
  };
  return {
    aggregates: [
      dockets,
      people,
      surveys,
      invitations,
      cases,
      policies,
      empowerments,
      approvals,
      ownCauses,
      spendings,
      failurePoints,
      improvements,
      scorecards,
      evaluations,
      calibrations,
      suggestions,
      recognitions,
      agentPreferences,
    ],
    deps,
    counting,
    asking,
    approving,
    time,
    shares,
    handle,
  };
};

export type Parts = ReturnType<typeof compose>;
