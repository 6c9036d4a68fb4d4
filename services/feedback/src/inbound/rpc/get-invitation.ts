import { wireInvitation } from '../../wire/survey';
import type { Rpc } from './deps';
import { notFound } from './deps';

/** One invitation with its answer. */
export const getInvitation: Rpc<'getInvitation'> =
  ({ invitations, now }) =>
  async ({ invitationId }, call) => {
    const found = await invitations.load(call.caller.tenantId, invitationId);
    if (!found) throw notFound('INVITATION', invitationId);
    return { invitation: wireInvitation(found, now()) };
  };
