import { hash16 } from '@throughline/core';
import type { Call } from '@throughline/rpc';
import type { AskedRequest } from '../../use-cases/ports';

/** The request id of a call with a fingerprint of what it asks, so that the same id with another body is noticed. */
export const askedBy = (
  call: Pick<Call, 'requestId'>,
  name: string,
  request: { requestId: string },
): AskedRequest | undefined => {
  const id = request.requestId || call.requestId;
  if (!id) return undefined;
  const body = JSON.stringify({ ...request, requestId: '' }, (_, value) =>
    typeof value === 'bigint' ? value.toString() : (value as unknown),
  );
  return { id, fingerprint: hash16(name, body).toString('hex') };
};
