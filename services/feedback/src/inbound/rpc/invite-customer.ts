import { uuidFromHash } from '@throughline/core';
import { inviteByHand } from '../../use-cases/ask';
import { wireInvitation } from '../../wire/survey';
import { pointText } from '../../wire/words';
import type { Rpc } from './deps';
import { askedOf, notFound } from './deps';

/** Asks a customer by hand. Only here the link is given: whoever has it could answer for the customer. */
export const inviteCustomer: Rpc<'inviteCustomer'> = (deps) => async (request, call) => {
  const { tenantId } = call.caller;
  const asked = askedOf('InviteCustomer', request, call);
  const { surveyId, conversationId, language, linkOnly } = request;
  const survey = await deps.surveys.get(tenantId, surveyId);
  if (!survey || survey.archived) throw notFound('SURVEY', surveyId);
  const invitation = await inviteByHand(deps, {
    tenantId,
    survey,
    contactPoint: pointText(request.contactPoint),
    conversationId,
    language,
    linkOnly,
    invitationId: uuidFromHash('invitation-by-hand', tenantId, asked?.id ?? deps.newId()),
    asked,
  });
  const url = linkOnly ? deps.links.urlOf(tenantId, invitation) : '';
  return { invitation: wireInvitation(invitation, deps.now(), url) };
};
