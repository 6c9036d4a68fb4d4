import { routingV1 } from '@throughline/proto';
import type { RpcService } from '@throughline/rpc';
import { implement } from '@throughline/rpc';
import { acceptOffer } from './accept-offer';
import { cancelWorkItem } from './cancel-work-item';
import { completeWorkItem } from './complete-work-item';
import { computeStaffing } from './compute-staffing';
import { declineOffer } from './decline-offer';
import type { Deps } from './deps';
import { dryRunPolicy } from './dry-run-policy';
import { endCoolDown } from './end-cool-down';
import { getAgentState } from './get-agent-state';
import { getConductIndications } from './get-conduct-indications';
import { getDecision } from './get-decision';
import { getForecast } from './get-forecast';
import { getForecastAccuracy } from './get-forecast-accuracy';
import { getQueuePosition } from './get-queue-position';
import { getQueueReport } from './get-queue-report';
import { getWellbeingPolicy } from './get-wellbeing-policy';
import { getWorkItem } from './get-work-item';
import { listConductIndications } from './list-conduct-indications';
import { listWorkItems } from './list-work-items';
import { replayDecision } from './replay-decision';
import { requestCallback } from './request-callback';
import { setPresence } from './set-presence';
import { setWellbeingPolicy } from './set-wellbeing-policy';
import { setupCalls } from './setup-calls';
import { submitWorkItem } from './submit-work-item';
import { transferWorkItem } from './transfer-work-item';
import { watchAgent } from './watch-agent';
import { watchQueues } from './watch-queues';

/** The whole RoutingService. */
export const routingService = (deps: Deps): RpcService =>
  implement(routingV1.RoutingServiceService, {
    ...setupCalls(deps),
    acceptOffer: acceptOffer(deps),
    cancelWorkItem: cancelWorkItem(deps),
    completeWorkItem: completeWorkItem(deps),
    computeStaffing: computeStaffing(deps),
    declineOffer: declineOffer(deps),
    dryRunPolicy: dryRunPolicy(deps),
    endCoolDown: endCoolDown(deps),
    getAgentState: getAgentState(deps),
    getConductIndications: getConductIndications(deps),
    getDecision: getDecision(deps),
    getForecast: getForecast(deps),
    getForecastAccuracy: getForecastAccuracy(deps),
    getQueuePosition: getQueuePosition(deps),
    getQueueReport: getQueueReport(deps),
    getWellbeingPolicy: getWellbeingPolicy(deps),
    getWorkItem: getWorkItem(deps),
    listConductIndications: listConductIndications(deps),
    listWorkItems: listWorkItems(deps),
    replayDecision: replayDecision(deps),
    requestCallback: requestCallback(deps),
    setPresence: setPresence(deps),
    setWellbeingPolicy: setWellbeingPolicy(deps),
    submitWorkItem: submitWorkItem(deps),
    transferWorkItem: transferWorkItem(deps),
    watchAgent: watchAgent(deps),
    watchQueues: watchQueues(deps),
  });
