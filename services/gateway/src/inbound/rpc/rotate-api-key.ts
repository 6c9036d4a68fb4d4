import type { accessV1 } from '@throughline/proto';
import type { Call } from '@throughline/rpc';
import type { ManageKeys } from '../../use-cases/manage-keys';
import { askedBy } from './asked';
import { keyToProto } from './key-to-proto';

/** Gives a key a new secret; the old one works for the overlap. */
export const rotateApiKey =
  (keys: ManageKeys) =>
  async (request: accessV1.RotateApiKeyRequest, call: Call): Promise<accessV1.RotateApiKeyResponse> => {
    const overlap = Number(request.overlapSeconds);
    const { key, text } = await keys.rotate(call.caller, request.id, overlap, askedBy(call, 'rotate', request));
    return { apiKey: keyToProto(key), key: text };
  };
