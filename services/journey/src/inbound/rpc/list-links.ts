import type { journeyV1 } from '@throughline/proto';
import type { Call } from '@throughline/rpc';
import { listToken, readListToken } from '../../domain/list-token';
import { findRoot, noCustomer } from '../../use-cases/find-customer';
import { wireLink } from '../../wire/customer';
import type { Deps } from './deps';

const DEFAULT_SIZE = 50;

/** The ledger of a customer's links, undone ones included, in the order they were made. */
export const listLinks =
  ({ customers }: Deps) =>
  async (request: journeyV1.ListLinksRequest, call: Call): Promise<journeyV1.ListLinksResponse> => {
    const { tenantId } = call.caller;
    const query = [tenantId, 'links', request.customerId];
    const after = readListToken(query, request.pageToken);
    const root = await findRoot(customers.load, tenantId, request.customerId);
    if (!root) throw noCustomer(request.customerId);
    const links = [...root.links].sort((x, y) => x.at - y.at || (x.id < y.id ? -1 : 1));
    const start = after === '' ? 0 : links.findIndex((link) => link.id === after) + 1;
    const size = request.pageSize || DEFAULT_SIZE;
    const page = links.slice(start, start + size);
    const more = start + size < links.length;
    return { links: page.map(wireLink), nextPageToken: more ? listToken(query, page.at(-1)!.id) : '' };
  };
