import type { Invitation } from '../domain/ask/invitation';
import type { LinkKey } from '../domain/link/token';
import { linkFits, readLink, writeLink } from '../domain/link/token';
import type { Links } from '../use-cases/ports';

/** Links signed with the first key; those signed with any of the keys open. */
export const createLinks = (keys: LinkKey[], publicUrl: string): Links => ({
  urlOf(tenantId, invitation) {
    const { id, surveyId, conversationId, closesAt } = invitation;
    const token = writeLink(keys[0]!, id, { tenantId, surveyId, conversationId }, closesAt);
    return `${publicUrl.replace(/\/$/, '')}/s/${token}`;
  },
  open(token) {
    const opened = readLink(keys, token);
    if (!opened) return undefined;
    return {
      invitationId: opened.invitationId,
      fits: (tenantId: string, { surveyId, conversationId }: Invitation) =>
        linkFits(opened, { tenantId, surveyId, conversationId }),
    };
  },
});
