import type { Context, SpanContext } from '@opentelemetry/api';
import { context, ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api';

// W3C trace context, version 00. Other versions have the same first four parts.
const pattern = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;

/** Reads a `traceparent` header; anything malformed counts as absent. */
export const parseTraceparent = (header: string | undefined): SpanContext | undefined => {
  const match = header && header.length <= 128 ? pattern.exec(header) : null;
  if (!match) return undefined;
  const sampled = (Number.parseInt(match[3]!, 16) & 1) === 1;
  return {
    traceId: match[1]!,
    spanId: match[2]!,
    traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
    isRemote: true,
  };
};

/** Writes a `traceparent` header. */
export const formatTraceparent = (span: Pick<SpanContext, 'traceId' | 'spanId' | 'traceFlags'>): string =>
  `00-${span.traceId}-${span.spanId}-0${span.traceFlags & 1}`;

/** The context whose parent is the sender's span. Baggage from outside is dropped on purpose. */
export const contextFromTraceparent = (header: string | undefined): Context => {
  const parent = parseTraceparent(header);
  return parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
};

/** The `traceparent` to send with a message or call made now, if there is a span. */
export const activeTraceparent = (): string | undefined => {
  const span = trace.getSpanContext(context.active());
  return span ? formatTraceparent(span) : undefined;
};
