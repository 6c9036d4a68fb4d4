import type { journeyV1 } from '@throughline/proto';
import type { Call } from '@throughline/rpc';
import { baseOf } from '../../domain/contact';
import { listToken, readListToken } from '../../domain/list-token';
import { findRoot } from '../../use-cases/find-customer';
import type { Deps } from './deps';
import { canonicalText, present } from './present';

const DEFAULT_SIZE = 50;

/** Customers in the order of their ids, or the one a contact point belongs to. */
export const listCustomers =
  ({ customers }: Deps) =>
  async (request: journeyV1.ListCustomersRequest, call: Call): Promise<journeyV1.ListCustomersResponse> => {
    const { tenantId } = call.caller;
    const query = [tenantId, 'customers', request.contactPoint];
    const after = readListToken(query, request.pageToken);
    if (request.contactPoint) {
      const base = baseOf(tenantId, canonicalText(request.contactPoint, 'contact_point'));
      const found = await findRoot(customers.load, tenantId, base);
      return { customers: found ? [await present(customers, found)] : [], nextPageToken: '' };
    }
    const size = request.pageSize || DEFAULT_SIZE;
    const found = await customers.list(tenantId, after, size + 1);
    const page = found.slice(0, size);
    return {
      customers: await Promise.all(page.map((customer) => present(customers, customer))),
      nextPageToken: found.length > size ? listToken(query, page.at(-1)!.id) : '',
    };
  };
