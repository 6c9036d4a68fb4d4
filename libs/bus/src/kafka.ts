import { connect, isIP } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import { isTransient } from '@throughline/core';
import type { Telemetry } from '@throughline/telemetry';
import type { ISocketFactory, logCreator, SASLOptions } from 'kafkajs';
import { Kafka, logLevel } from 'kafkajs';
import { quietConnections } from './quiet-connections';
import { quietFetches } from './quiet-fetches';
import type { BusOptions } from './types';

// Every rebalance and every first join logs these as errors although the client handles them itself.
const noise = /rebalanc|coordinator is not available|not the correct coordinator|UNKNOWN_MEMBER_ID|ILLEGAL_GENERATION/i;

const creator =
  (log: Telemetry['log']): logCreator =>
  () =>
  ({ level, log: entry, namespace }) => {
    const quiet = noise.test(`${entry.message} ${entry.error ?? ''}`);
    const fields = { kafka: namespace, error: entry.error as unknown };
    if (level <= logLevel.ERROR && !quiet) log.error(fields, entry.message);
    else if (level <= logLevel.WARN && !quiet) log.warn(fields, entry.message);
    else log.debug(fields, entry.message);
  };

/** A line to a broker; over TLS the broker must show a certificate for its name that the given authorities vouch for. */
const socketTo: ISocketFactory = ({ host, port, ssl, onConnect }) => {
  const socket = ssl
    ? tlsConnect({ host, port, ...(isIP(host) ? {} : { servername: host }), ...ssl }, onConnect)
    : connect({ host, port }, onConnect);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, 30_000);
  return socket;
};

/** A client with the socket and retry settings that every part of the bus shares. */
export function kafkaClient({
  brokers,
  clientId,
  telemetry,
  requestTimeoutMs = 10_000,
  security = {},
}: BusOptions): Kafka {
  const { tls, sasl } = security;
  quietConnections();
  quietFetches();
  return new Kafka({
    brokers,
    clientId,
    logLevel: logLevel.WARN,
    logCreator: creator(telemetry.log),
    connectionTimeout: 3_000,
    requestTimeout: requestTimeoutMs,
    enforceRequestTimeout: true,
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 4 },
    socketFactory: socketTo,
    ...(tls ? { ssl: tls.ca ? { ca: [tls.ca] } : true } : {}),
    // The client's types want to know which mechanism it is.
    ...(sasl ? { sasl: sasl as SASLOptions } : {}),
  });
}

const connectionNames =
  /^(KafkaJS(Connection|Request|NumberOfRetries|BrokerNotFound|Lock|Leader)|Mongo(Network|ServerSelection|NotConnected|Topology|PoolClear|WaitQueue|OperationTimeout))/;

/** True for faults that pass: connection, time-out, election, overload. Everything else is a bug or bad input. */
export function isPassing(error: unknown): boolean {
  if (isTransient(error)) return true;
  const fault = error as {
    name?: string;
    kind?: string;
    retriable?: boolean;
    errorLabels?: string[];
    code?: unknown;
    cause?: unknown;
  };
  if (fault?.kind === 'unavailable' || fault?.retriable === true) return true;
  if (typeof fault?.name === 'string' && connectionNames.test(fault.name)) return true;
  const labels = (error as { hasErrorLabel?: (label: string) => boolean })?.hasErrorLabel;
  if (labels?.call(error, 'RetryableWriteError') || labels?.call(error, 'TransientTransactionError')) return true;
  // NotWritablePrimary, PrimarySteppedDown, InterruptedAtShutdown, InterruptedDueToReplStateChange, WriteConcernFailed
  return typeof fault?.code === 'number' && [10107, 189, 11600, 11602, 64, 91, 13435, 262].includes(fault.code);
}

const refusals = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'TOPIC_AUTHORIZATION_FAILED',
]);

/** True when the broker will never take the record, however often it is sent. */
export const isRefusedRecord = (error: unknown): boolean => {
  const { type, cause } = (error ?? {}) as { type?: string; cause?: { type?: string } };
  return refusals.has(type ?? '') || refusals.has(cause?.type ?? '');
};

/** Waits, growing from `first` to `most` with full jitter. */
export function backOff(first: number, most: number) {
  let attempt = 0;
  return {
    reset: () => {
      attempt = 0;
    },
    wait: () => {
      const ceiling = Math.min(most, first * 2 ** attempt++);
      return new Promise<void>((resolve) => setTimeout(resolve, ceiling / 2 + (Math.random() * ceiling) / 2));
    },
  };
}
