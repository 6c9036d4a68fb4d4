export { type OpsServer, startOpsServer } from './ops-server';
export { createTelemetry, noTelemetry, type Telemetry, type TelemetryOptions } from './telemetry';
export { formatTraceparent, parseTraceparent, remoteContext } from './traceparent';
