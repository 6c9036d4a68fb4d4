import { slaV1 } from '@throughline/proto';
import type { RpcService } from '@throughline/rpc';
import { implement } from '@throughline/rpc';
import { addBusinessTime } from './add-business-time';
import { confirmPromise } from './confirm-promise';
import { createCalendar } from './create-calendar';
import { createSlaPolicy } from './create-sla-policy';
import { deleteCalendar } from './delete-calendar';
import { deleteSlaPolicy } from './delete-sla-policy';
import type { Deps } from './deps';
import { dismissPromise } from './dismiss-promise';
import { dryRunPolicy } from './dry-run-policy';
import { explainClock } from './explain-clock';
import { getAttainment } from './get-attainment';
import { getCalendar } from './get-calendar';
import { getClock } from './get-clock';
import { getPromise } from './get-promise';
import { getSlaPolicy } from './get-sla-policy';
import { keepPromise } from './keep-promise';
import { listCalendars } from './list-calendars';
import { listClocks } from './list-clocks';
import { listPromises } from './list-promises';
import { listSlaPolicies } from './list-sla-policies';
import { makePromise } from './make-promise';
import { measureBusinessTime } from './measure-business-time';
import { renegotiatePromise } from './renegotiate-promise';
import { replayClock } from './replay-clock';
import { updateCalendar } from './update-calendar';
import { updateSlaPolicy } from './update-sla-policy';
import { watchRisk } from './watch-risk';
import { withdrawPromise } from './withdraw-promise';

/** The whole SlaService. */
export const slaService = (deps: Deps): RpcService =>
  implement(slaV1.SlaServiceService, {
    addBusinessTime: addBusinessTime(deps),
    createCalendar: createCalendar(deps),
    createSlaPolicy: createSlaPolicy(deps),
    deleteCalendar: deleteCalendar(deps),
    deleteSlaPolicy: deleteSlaPolicy(deps),
    dryRunPolicy: dryRunPolicy(deps),
    explainClock: explainClock(deps),
    getAttainment: getAttainment(deps),
    getCalendar: getCalendar(deps),
    getClock: getClock(deps),
    getPromise: getPromise(deps),
    getSlaPolicy: getSlaPolicy(deps),
    confirmPromise: confirmPromise(deps),
    dismissPromise: dismissPromise(deps),
    keepPromise: keepPromise(deps),
    listCalendars: listCalendars(deps),
    listClocks: listClocks(deps),
    listPromises: listPromises(deps),
    listSlaPolicies: listSlaPolicies(deps),
    makePromise: makePromise(deps),
    measureBusinessTime: measureBusinessTime(deps),
    renegotiatePromise: renegotiatePromise(deps),
    replayClock: replayClock(deps),
    updateCalendar: updateCalendar(deps),
    updateSlaPolicy: updateSlaPolicy(deps),
    watchRisk: watchRisk(deps),
    withdrawPromise: withdrawPromise(deps),
  });
