import { wireInvitation } from '../../wire/survey';
import { invitationStateOf } from '../../wire/words';
import type { Rpc } from './deps';
import { listed } from './deps';

/** Invitations, the newest first. */
export const listInvitations: Rpc<'listInvitations'> = (deps) => async (request, call) => {
  const { surveyId, conversationId, customerId } = request;
  const state = invitationStateOf(request.state);
  const now = deps.now();
  const where = {
    surveyId,
    conversationId,
    customerId,
    ...(state === 'sent' || state === 'answered' ? { answered: state === 'answered' } : {}),
  };
  const { items, nextPageToken } = await listed(
    deps.invitations,
    call.caller.tenantId,
    where,
    request,
    (one) => one.createdAt,
  );
  const shown = items.map((invitation) => wireInvitation(invitation, now));
  // Whether one is closed is a matter of the moment, so a page may hold fewer than were asked for.
  const wanted = shown.filter((one) => state === '' || invitationStateOf(one.state) === state);
  return { invitations: wanted, nextPageToken };
};
