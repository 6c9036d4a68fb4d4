import { databaseSettings, integer, list, port, readConfig, sharedSettings, z } from '@throughline/config';

/**
 * Every topic of the catalogue but our own: what we say about customers is read from the customer. A new topic is
 * consumed by naming it here or in the setting; its events need no change in the code.
 */
export const catalogue = [
  'channel.inbound.v1',
  'channel.outbound.v1',
  'conversation.conversations.v1',
  'routing.work.v1',
  'routing.agents.v1',
  'sla.clocks.v1',
  'sla.promises.v1',
  'feedback.surveys.v1',
  'feedback.cases.v1',
  'notification.deliveries.v1',
];

const settings = z.object({
  ...sharedSettings,
  ...databaseSettings('journey'),
  CALLER_PUBLIC_KEY: sharedSettings.CALLER_PUBLIC_KEY.unwrap(),
  OPS_PORT: port(9102),
  GRPC_PORT: port(9152),
  JOURNEY_TOPICS: list('conversation.conversations.v1,sla.promises.v1,notification.deliveries.v1', catalogue),
  /** Contact points kept in memory; one that is not costs a look into the database. */
  JOURNEY_POINTS_KEPT: integer(1_000, 10_000_000, 250_000),
  /** How long another process' link may go unseen by a read. */
  JOURNEY_LINKS_KEPT_MS: integer(0, 60_000, 2_000),
});

export type Config = z.infer<typeof settings>;

/** The only reader of the environment. */
export const loadConfig = (env: NodeJS.ProcessEnv = process.env): Config => readConfig(settings, env);
