import type { journeyV1 } from '@throughline/proto';
import type { Call } from '@throughline/rpc';
import { findRoot, noCustomer } from '../../use-cases/find-customer';
import type { Deps } from './deps';
import { present } from './present';

/** One customer; a merged id answers with the customer that lives on. */
export const getCustomer =
  ({ customers }: Deps) =>
  async (request: journeyV1.GetCustomerRequest, call: Call): Promise<journeyV1.GetCustomerResponse> => {
    const found = await findRoot(customers.load, call.caller.tenantId, request.customerId);
    if (!found) throw noCustomer(request.customerId);
    return { customer: await present(customers, found) };
  };
