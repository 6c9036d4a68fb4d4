import { putPolicy } from '../../use-cases/keep-settings';
import { readPolicy, wirePolicy } from '../../wire/settings';
import type { Rpc } from './deps';
import { askedOf } from './deps';

/** Replaces it by a new version. */
export const updateSlaPolicy: Rpc<'updateSlaPolicy'> = (deps) => async (request, call) => {
  const put = {
    tenantId: call.caller.tenantId,
    id: request.policyId,
    expectedVersion: Number(request.expectedVersion),
    asked: askedOf('UpdateSlaPolicy', request, call),
  };
  return { policy: wirePolicy(await putPolicy(deps)(put, readPolicy(request))) };
};
