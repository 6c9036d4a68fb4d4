import { notificationV1 as v1 } from '@throughline/proto';
import type { Notice, NoticeKind } from '../domain/notice/notice';

const kinds: Record<NoticeKind, v1.NoticeKind> = {
  assignment: v1.NoticeKind.ASSIGNMENT,
  mention: v1.NoticeKind.MENTION,
  warning: v1.NoticeKind.WARNING,
  breach: v1.NoticeKind.BREACH,
  escalation: v1.NoticeKind.ESCALATION,
  promise_due: v1.NoticeKind.PROMISE_DUE,
  promise_broken: v1.NoticeKind.PROMISE_BROKEN,
};

/** A notice with the place of a reader that was told it. */
export const wireNotice = (notice: Notice, cursor: string): v1.Notice => {
  const [kind, id] = [notice.recipient.split(':')[0], notice.recipient.slice(notice.recipient.indexOf(':') + 1)];
  return {
    id: notice.id,
    kind: kinds[notice.kind],
    agentId: kind === 'agent' ? id : '',
    teamId: kind === 'team' ? id : '',
    text: notice.text,
    conversationId: notice.conversationId,
    aboutId: notice.aboutId,
    at: new Date(notice.at),
    cursor,
  };
};
