import type { notificationV1 as v1 } from '@throughline/proto';
import type { Channel } from '../domain/book/book';
import type { Template } from '../domain/template/template';

const date = (at: number): Date | undefined => (at === 0 ? undefined : new Date(at));

export const wireTemplate = ({ version, createdAt, updatedAt, ...rest }: Template): v1.NotificationTemplate => ({
  ...rest,
  version: BigInt(version),
  createdAt: date(createdAt),
  updatedAt: date(updatedAt),
});

export const templateOf = (wire: v1.NotificationTemplate, id: string, now: number): Template => ({
  id,
  version: 0,
  name: wire.name,
  variables: wire.variables,
  texts: wire.texts.map(({ language, channel, subject, text, html }) => ({
    language,
    channel: channel as Channel | '',
    subject,
    text,
    html,
  })),
  createdAt: now,
  updatedAt: now,
});
