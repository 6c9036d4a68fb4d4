import { journeyV1 } from '@throughline/proto';
import type { RpcService } from '@throughline/rpc';
import { implement } from '@throughline/rpc';
import type { Deps } from './deps';
import { getCustomer } from './get-customer';
import { getTimeline } from './get-timeline';
import { linkCustomers } from './link-customers';
import { listCustomers } from './list-customers';
import { listLinks } from './list-links';
import { resolveCustomer } from './resolve-customer';
import { unlinkCustomers } from './unlink-customers';
import { updateCustomerAttributes } from './update-customer-attributes';
import { watchTimeline } from './watch-timeline';

/** The whole JourneyService. */
export const journeyService = (deps: Deps): RpcService =>
  implement(journeyV1.JourneyServiceService, {
    getTimeline: getTimeline(deps),
    watchTimeline: watchTimeline(deps),
    resolveCustomer: resolveCustomer(deps),
    getCustomer: getCustomer(deps),
    listCustomers: listCustomers(deps),
    updateCustomerAttributes: updateCustomerAttributes(deps),
    linkCustomers: linkCustomers(deps),
    unlinkCustomers: unlinkCustomers(deps),
    listLinks: listLinks(deps),
  });
