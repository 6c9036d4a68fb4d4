import type { KafkaSecurity } from './types';

/** Settings by their names in the environment; libs/config has read them. */
export interface SecuritySettings {
  KAFKA_TLS?: boolean | undefined;
  KAFKA_TLS_CA?: string | undefined;
  KAFKA_SASL_MECHANISM?: 'plain' | 'scram-sha-256' | 'scram-sha-512' | undefined;
  KAFKA_SASL_USERNAME?: string | undefined;
  KAFKA_SASL_PASSWORD?: string | undefined;
}

/** What the settings say about the way to the brokers. A certificate authority alone means TLS as well. */
export const kafkaSecurity = (settings: SecuritySettings): KafkaSecurity => {
  const { KAFKA_TLS, KAFKA_TLS_CA: ca, KAFKA_SASL_MECHANISM: mechanism } = settings;
  const { KAFKA_SASL_USERNAME: username = '', KAFKA_SASL_PASSWORD: password = '' } = settings;
  return {
    ...(KAFKA_TLS || ca ? { tls: { ca } } : {}),
    ...(mechanism ? { sasl: { mechanism, username, password } } : {}),
  };
};
