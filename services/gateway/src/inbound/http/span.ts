import type { Span, Telemetry } from '@throughline/telemetry';
import { contextFromTraceparent, SpanKind } from '@throughline/telemetry';

/** A server span named by the path's pattern, continuing the trace of the caller. */
export const startSpan = (
  { tracer }: Pick<Telemetry, 'tracer'>,
  verb: string,
  route: string,
  traceparent: string | undefined,
): Span =>
  tracer.startSpan(
    `${verb} ${route}`,
    { kind: SpanKind.SERVER, attributes: { 'http.request.method': verb, 'http.route': route } },
    contextFromTraceparent(traceparent),
  );
