import { context, SpanKind, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api';
import type { Telemetry } from './create-telemetry';
import { formatTraceparent } from './traceparent';

/** The `traceparent` for a message made now, when its trace is recorded: one that is not costs a header for nothing. */
export const sampledTraceparent = (): string | undefined => {
  const span = trace.getSpanContext(context.active());
  return span && (span.traceFlags & TraceFlags.SAMPLED) !== 0 ? formatTraceparent(span) : undefined;
};

/** Runs what happens between the arrival of a contact and our answer that it is durable. */
export type Intake = <T>(what: string, work: () => Promise<T>) => Promise<T>;

/**
 * The door of one channel: each contact begins a trace and is timed until it is acknowledged, in seconds. What throws
 * counts as not acknowledged; the sender will come again.
 */
export const createIntake = ({ tracer, meter }: Pick<Telemetry, 'tracer' | 'meter'>, channel: string): Intake => {
  const duration = meter.createHistogram('throughline.intake.acknowledgement.duration', {
    unit: 's',
    description: 'From the arrival of a contact to our answer that it is durable',
    advice: { explicitBucketBoundaries: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] },
  });
  return (what, work) =>
    tracer.startActiveSpan(
      `receive ${what}`,
      { kind: SpanKind.SERVER, attributes: { 'throughline.channel': channel } },
      async (span) => {
        const started = performance.now();
        let outcome = 'acknowledged';
        try {
          return await work();
        } catch (error) {
          outcome = 'failed';
          span.setStatus({ code: SpanStatusCode.ERROR });
          throw error;
        } finally {
          duration.record((performance.now() - started) / 1_000, { channel, outcome });
          span.end();
        }
      },
    );
};
