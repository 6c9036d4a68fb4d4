import type { Clock } from '@throughline/core';
import { hash16 } from '@throughline/core';
import type { Call } from '@throughline/rpc';
import type { BasesOf } from '../../use-cases/find-customer';
import type { CustomerRequest, CustomerStore, LiveRows, Timeline } from '../../use-cases/ports';

/** What the calls need. */
export interface Deps {
  timeline: Timeline;
  customers: CustomerStore;
  basesOf: BasesOf;
  live: LiveRows;
  clock: Clock;
}

/** The idempotency key of a command, from the request or from the call, with a hash of everything else in it. */
export const requestOf = (method: string, request: { requestId: string }, call: Call): CustomerRequest | undefined => {
  const { requestId, ...body } = request;
  const id = requestId || call.requestId;
  return id ? { id: `${method}/${id}`, fingerprint: hash16(method, JSON.stringify(body)).toString('hex') } : undefined;
};
