import type { Telemetry } from '@throughline/telemetry';

export interface Facts {
  /** A REST call was answered. */
  restAnswered(route: string, verb: string, status: number, startedAt: number): void;
  /** A call through the gRPC door ended. */
  grpcAnswered(path: string, code: string, startedAt: number): void;
  streamOpened(path: string): void;
  streamClosed(path: string): void;
  /** An audit record was sealed. */
  auditSealed(outcome: string): void;
  /** Records could not be written or sealed; they are tried again. */
  auditFailed(error: unknown): void;
  lastUsedNotWritten(error: unknown): void;
  unforeseen(path: string, error: unknown): void;
}

// The limits that the semantic conventions ask for; the default ones are made for milliseconds.
const seconds = {
  unit: 's',
  advice: { explicitBucketBoundaries: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] },
};

/** Counts and logs what happens at the door. Labels are patterns of the contract, never what a caller sent. */
export const createFacts = ({
  meter,
  log,
}: Pick<Telemetry, 'meter' | 'log'>): Facts & {
  /** Watches how long the oldest audit record waits to be sealed. */
  watchAudit(ageSeconds: () => number): void;
} => {
  const rest = meter.createHistogram('http.server.request.duration', seconds);
  const grpc = meter.createHistogram('throughline.gateway.relays.duration', seconds);
  const streams = meter.createUpDownCounter('throughline.gateway.streams.open');
  const audited = meter.createCounter('throughline.gateway.audit_records.sealed');
  const auditAge = meter.createObservableGauge('throughline.gateway.audit_records.age', { unit: 's' });
  return {
    watchAudit: (ageSeconds) => auditAge.addCallback((result) => result.observe(ageSeconds())),
    auditSealed: (outcome) => audited.add(1, { outcome: outcome.toLowerCase() }),
    auditFailed: (error) => log.warn({ err: error }, 'audit records could not be written'),
    restAnswered(route, verb, status, startedAt) {
      const ms = performance.now() - startedAt;
      rest.record(ms / 1_000, {
        'http.request.method': verb,
        'http.route': route,
        'http.response.status_code': status,
      });
      if (status >= 500) log.warn({ route, verb, status, ms: Math.round(ms) }, 'a REST call failed');
    },
    grpcAnswered(path, code, startedAt) {
      grpc.record((performance.now() - startedAt) / 1_000, { 'rpc.method': path, 'rpc.grpc.status': code });
    },
    streamOpened: (path) => streams.add(1, { 'rpc.method': path }),
    streamClosed: (path) => streams.add(-1, { 'rpc.method': path }),
    lastUsedNotWritten: (error) => log.warn({ err: error }, 'last use of API keys could not be written'),
    unforeseen: (path, error) =>
      log.error({ err: error, method: path }, 'a REST call failed for a reason nobody foresaw'),
  };
};
