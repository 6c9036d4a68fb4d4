import { wireConsent } from '../../wire/preferences';
import type { Rpc } from './deps';

/** All consents, those taken back as well. */
export const listConsents: Rpc<'listConsents'> = (deps) => async (request, call) => ({
  consents: (await deps.books.load(call.caller.tenantId, request.customerId)).consents.map(wireConsent),
});
