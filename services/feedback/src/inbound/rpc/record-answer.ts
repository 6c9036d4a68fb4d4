import { recordAnswer as record } from '../../use-cases/answer';
import { readAnswer, wireInvitation } from '../../wire/survey';
import type { Rpc } from './deps';
import { askedOf } from './deps';

/** Records an answer that an integrator took. */
export const recordAnswer: Rpc<'recordAnswer'> = (deps) => async (request, call) => {
  const asked = askedOf('RecordAnswer', request, call);
  const content = readAnswer(request.values, request.comment, request.mayContact);
  const given = { content, via: 'api' as const, asked };
  const invitation = await record(deps, call.caller.tenantId, request.invitationId, given);
  return { invitation: wireInvitation(invitation, deps.now()) };
};
