import { invalidField } from '@throughline/core';
import { wireTelling } from '../../wire/incident';
import { readMessage } from '../../wire/notification';
import { pointTexts } from '../../wire/points';
import type { Rpc } from './deps';

/** Tells a set of people, each once. */
export const tellCustomers: Rpc<'tellCustomers'> = (deps) => async (request, call) => {
  const { tellingId: id } = request;
  if (!id) throw invalidField('telling_id', 'required', 'names the message');
  const points = pointTexts('recipients', request.recipients);
  const telling = { id, audience: `telling:${id}`, message: readMessage(request.notification!) };
  return { telling: wireTelling(await deps.tell(call.caller.tenantId, telling, points)) };
};
