import { wirePreferences } from '../../wire/preferences';
import type { Rpc } from './deps';

/** What a customer wishes. */
export const getPreferences: Rpc<'getPreferences'> = (deps) => async (request, call) => ({
  preferences: wirePreferences(await deps.books.load(call.caller.tenantId, request.customerId)),
});
