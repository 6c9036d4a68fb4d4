import { wellbeingWire } from '../../wire/setup';
import type { Rpc } from './deps';

/** The tenant's rules of conduct and wellbeing. */
export const getWellbeingPolicy: Rpc<'getWellbeingPolicy'> = (deps) => async (_request, call) => ({
  wellbeingPolicy: wellbeingWire.show(await deps.look.wellbeing(call.caller.tenantId)),
});
