import { conversationV1 } from '@throughline/proto';
import type { Rpc } from './deps';
import { acting, changed } from './deps';

/** Waits for the customer. */
export const awaitCustomer: Rpc<'awaitCustomer'> = (deps) => async (request, call) => {
  const by = acting('AwaitCustomer', request, call, conversationV1.AwaitCustomerRequest);
  return changed(deps, by, request.conversationId, {
    type: 'await_customer',
    at: deps.commands.now(),
    actor: by.actor,
    reason: request.reason,
  });
};
