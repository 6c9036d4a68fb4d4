import type { Aggregates } from '@throughline/store';
import type { Invitation, InvitationEvent } from '../domain/ask/invitation';
import { evolveInvitation } from '../domain/ask/invitation';
import type { Invitations, Links } from '../use-cases/ports';
import { createRecords, fromDoc, toDoc } from './records';
import { invitationEvent } from './survey-events';

/** The invitation as document fields, with what lists ask for. */
export const invitationToDoc = (invitation: Invitation) => ({
  ...toDoc(invitation),
  answered: invitation.answer !== undefined,
});

export const invitationFromDoc = (doc: Record<string, unknown>): Invitation => {
  const { answered, ...state } = fromDoc<Invitation & { answered?: boolean }>(doc);
  return state;
};

/** Invitations, each with its one answer, on MongoDB. */
export const createInvitations = (
  aggregates: Aggregates<Invitation>,
  links: Links,
  written: () => void,
): Invitations => ({
  ...createRecords<Invitation, InvitationEvent>({
    aggregates,
    evolve: evolveInvitation,
    tell: (state, event, at, tenantId) => invitationEvent(tenantId, state, event, at, links.urlOf(tenantId, state)),
    order: 'createdAt',
    written,
  }),
  async find(invitationId) {
    const doc = await aggregates.collection.findOne({ ownId: { $eq: invitationId } });
    return doc ? { tenantId: doc['tenantId'] as string, invitation: invitationFromDoc(doc) } : undefined;
  },
});
