import type { Context, SpanContext } from '@opentelemetry/api';
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api';

const form = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** Reads a W3C traceparent; undefined when it is not one. Baggage is never read: it comes from outside. */
export function parseTraceparent(text: string | undefined): SpanContext | undefined {
  const match = text ? form.exec(text) : null;
  if (!match || /^0+$/.test(match[1]!) || /^0+$/.test(match[2]!)) return undefined;
  return { traceId: match[1]!, spanId: match[2]!, traceFlags: Number.parseInt(match[3]!, 16) & 1, isRemote: true };
}

/** The W3C traceparent of a span, by default of the active one; undefined when there is none. */
export function formatTraceparent(span: SpanContext | undefined = trace.getSpanContext(context.active())) {
  if (!span) return undefined;
  return `00-${span.traceId}-${span.spanId}-${(span.traceFlags & 1).toString(16).padStart(2, '0')}`;
}

/** A context whose parent is the caller on the other side of the wire. */
export function remoteContext(traceparent: string | undefined): Context {
  const parent = parseTraceparent(traceparent);
  return parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
}
