import type { Rpc } from './deps';
import { notFound, promised } from './deps';

/** One promise. */
export const getPromise: Rpc<'getPromise'> =
  ({ promises }) =>
  async ({ promiseId }, call) => {
    const found = await promises.load(call.caller.tenantId, promiseId);
    if (!found) throw notFound('PROMISE', promiseId);
    return promised(found);
  };
