import { invalidField, Refusal } from '@throughline/core';
import { openCase } from '../../../use-cases/recover';
import { caseKindOf, pointText } from '../../../wire/words';
import { askedOf, idOf } from '../deps';
import type { RecoveryRpc } from './deps';
import { shown } from './deps';

/** Opens a case on somebody's word. */
export const openRecoveryCase: RecoveryRpc<'openRecoveryCase'> = (deps) => async (request, call) => {
  const { tenantId } = call.caller;
  const { conversationId, what, ownerId } = request;
  const asked = askedOf('OpenRecoveryCase', request, call);
  const contactPoint = pointText(request.contactPoint);
  if (!contactPoint && !conversationId) {
    throw invalidField('contact_point', 'required', 'say whose case it is: a contact point or a conversation');
  }
  const id = idOf(deps, request.caseId, asked);
  // A repetition of this very request gives the case again; another one under the same id is refused.
  if (!asked && (await deps.cases.load(tenantId, id))) {
    throw new Refusal('already_exists', 'CASE_EXISTS', `there is a case ${id} already`);
  }
  const kind = caseKindOf(request.kind);
  return shown(await openCase(deps, tenantId, { id, kind, contactPoint, conversationId, what, ownerId }, asked));
};
