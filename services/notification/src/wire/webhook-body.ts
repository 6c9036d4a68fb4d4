import { fromBinary, toJson } from '@bufbuild/protobuf';
import type { IncomingEvent } from '@throughline/bus';
import { contractRegistry } from '@throughline/rpc';

/** What receivers parse. Only fields that say something are there. */
interface Body {
  id: string;
  type: string;
  timestamp: string;
  recordedAt: string;
  tenantId: string;
  subject: string;
  conversationId?: string | undefined;
  contactPoint?: string | undefined;
  channel?: string | undefined;
  issueId?: string | undefined;
  correlationId?: string | undefined;
  causationId?: string | undefined;
  /** The event's message in the JSON of the API; the bytes in base64 when this contract does not know its type. */
  data: unknown;
}

const dataOf = (type: string, bytes: Uint8Array): unknown => {
  const registry = contractRegistry();
  const schema = registry.getMessage(type);
  if (!schema) return { undescribed: Buffer.from(bytes).toString('base64') };
  return toJson(schema, fromBinary(schema, bytes), { registry });
};

type Fact = Omit<IncomingEvent, 'raw' | 'source'>;

/** The JSON that is sent for an event. */
export const webhookBody = (event: Fact): string => {
  const { id, type, time, recordedAt, tenantId, subject } = event;
  const body: Body = {
    id,
    type,
    timestamp: time.toISOString(),
    recordedAt: recordedAt.toISOString(),
    tenantId,
    subject,
    conversationId: event.conversationId || undefined,
    contactPoint: event.contactPoint || undefined,
    channel: event.channel || undefined,
    issueId: event.issueId || undefined,
    correlationId: event.correlationId || undefined,
    causationId: event.causationId || undefined,
    data: dataOf(type, event.data),
  };
  return JSON.stringify(body);
};

let packages: Set<string> | undefined;

/** Whether a name in a filter is that of a message of the contract, or `<package>.*` of one of its packages. */
export const isEventType = (name: string): boolean => {
  const registry = contractRegistry();
  if (!name.startsWith('throughline.')) return false;
  if (!name.endsWith('.*')) return registry.getMessage(name) !== undefined;
  packages ??= new Set([...registry.files].map(({ proto }) => proto.package));
  return packages.has(name.slice(0, -2));
};
