import { databaseSettings, integer, json, list, port, readConfig, sharedSettings, z } from '@throughline/config';

const words = z.object({ subject: z.string().min(1).max(200), text: z.string().min(1).max(5000) });

const defaultWords = JSON.stringify({
  en: {
    subject: 'We have received your message',
    text: 'Thank you for writing. Your message has arrived and a person will answer it. You can reply to this mail to add to it.',
  },
  de: {
    subject: 'Ihre Nachricht ist angekommen',
    text: 'Danke für Ihre Nachricht. Sie ist angekommen und wird von einem Menschen beantwortet. Antworten Sie auf diese Mail, um etwas zu ergänzen.',
  },
  zh: { subject: '我们已收到您的来信', text: '感谢您的来信。我们已经收到，将由专人回复。如需补充，请直接回复本邮件。' },
});

const settings = z.object({
  ...sharedSettings,
  ...databaseSettings('conversation'),
  CALLER_PUBLIC_KEY: z
    .string({ error: 'is required: an Ed25519 public key (SPKI, base64)' })
    .regex(/^[A-Za-z0-9+/]{40,200}={0,2}$/, { error: 'must be an Ed25519 public key (SPKI, base64)' })
    .meta({ examples: ['MCowBQYDK2VwAyEA…'] }),
  GRPC_PORT: port(9151),
  OPS_PORT: port(9101),
  /** Signs reply tokens. All replicas need the same one; changing it makes old tokens mere hints. */
  CONVERSATION_THREAD_SECRET: z
    .string({ error: 'is required: 16 characters or more' })
    .min(16, { error: 'must have 16 characters or more' })
    .meta({ examples: ['(32 random characters)'] }),
  CONVERSATION_REOPEN_WINDOW_HOURS: integer(0, 24 * 365, 24 * 7),
  CONVERSATION_AUTO_CLOSE_HOURS: integer(1, 24 * 365, 24 * 7),
  /** wrap_up_code, topic, language, issue_id, subject, assignee_id or attributes.<name>. */
  CONVERSATION_REQUIRED_ON_SOLVE: list('wrap_up_code,topic', []).pipe(
    z.array(
      z
        .string()
        .regex(/^(wrap_up_code|topic|language|issue_id|subject|assignee_id|attributes\.[A-Za-z][A-Za-z0-9_-]{0,63})$/, {
          error: 'may name wrap_up_code, topic, language, issue_id, subject, assignee_id or attributes.<name>',
        }),
    ),
  ),
  /** Channels through which a text can be sent. */
  CONVERSATION_SENDING_CHANNELS: list('email,chat', ['email', 'chat', 'sms']),
  /** Channels that acknowledge new conversations; `none` turns it off. */
  CONVERSATION_ACKNOWLEDGE_CHANNELS: list('email', ['email']),
  CONVERSATION_ACKNOWLEDGE_PERIOD_HOURS: integer(1, 24 * 365, 24),
  CONVERSATION_ACKNOWLEDGE_HOURLY_CAP: integer(1, 3, 3),
  /** Our own mail addresses: they are never acknowledged. */
  CONVERSATION_OWN_ADDRESSES: list('support@example.org', []),
  CONVERSATION_ACKNOWLEDGE_WORDS: json(
    z.record(z.string().regex(/^[a-z]{2}$/, { error: 'languages are two letters' }), words),
    '{"en":{"subject":"We have your message","text":"…"}}',
    defaultWords,
  ),
  /** Conversations kept in memory between batches. */
  CONVERSATION_CACHE_SIZE: integer(100, 5_000_000, 50_000),
  CONVERSATION_DUE_INTERVAL_MS: integer(50, 60_000, 1000),
  /** After how long another process takes over what this one noted but did not save. */
  CONVERSATION_TAKE_OVER_SECONDS: integer(5, 3600, 30),
});

export type Config = z.infer<typeof settings>;

/** The only reader of the environment. */
export const loadConfig = (env: NodeJS.ProcessEnv = process.env): Config => readConfig(settings, env);
