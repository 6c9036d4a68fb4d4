import { invalidField, Refusal } from '@throughline/core';
import type { notificationV1 } from '@throughline/proto';
import type { Handlers } from '@throughline/rpc';
import type { Endpoint, Wishes } from '../../../domain/webhooks/endpoint';
import type {
  DeliveryQueue,
  EndpointKey,
  EndpointStore,
  SecretBox,
  Sender,
  UrlCheck,
} from '../../../use-cases/webhooks/ports';
import { wireEndpoint } from '../../../wire/webhooks';

/** What the calls about webhooks share. */
export interface WebhookDeps {
  endpoints: EndpointStore;
  queue: DeliveryQueue;
  sender: Sender;
  box: SecretBox;
  checkUrl: UrlCheck;
  /** Whether a name in a filter is that of an event or package of the contract. */
  isEventType(name: string): boolean;
  /** The JSON of a test event. */
  testBody(tenantId: string, endpoint: Endpoint, at: number): { eventType: string; body: string };
  /** An endpoint changed, or has something to do now. */
  heard(endpoint: EndpointKey): void;
  now(): number;
  newId(): string;
  /** How long an endpoint may fail before it is disabled, milliseconds. */
  disableMs: number;
}

type AllHandlers = Handlers<typeof notificationV1.WebhookServiceService>;
/** One call of the service, to be bound to what it needs. */
export type WebhookRpc<M extends keyof AllHandlers> = (deps: WebhookDeps) => AllHandlers[M];

export const findEndpoint = async ({ endpoints }: WebhookDeps, tenantId: string, id: string): Promise<Endpoint> => {
  const found = await endpoints.load(tenantId, id);
  if (!found) throw new Refusal('not_found', 'ENDPOINT_NOT_FOUND', `there is no webhook endpoint ${id}`);
  return found;
};

export const shown = (deps: WebhookDeps, endpoint: Endpoint): { webhookEndpoint: notificationV1.WebhookEndpoint } => ({
  webhookEndpoint: wireEndpoint(endpoint, deps.now(), deps.disableMs),
});

const waitsForDns = new Set(['NAME_NOT_RESOLVED', 'TIMED_OUT']);

/** Refuses a URL that no delivery would be sent to. */
export const mustBeReachable = async ({ checkUrl }: WebhookDeps, url: string): Promise<void> => {
  const fault = await checkUrl(url);
  if (!fault) return;
  const { reason, detail } = fault;
  if (waitsForDns.has(reason)) throw new Refusal('unavailable', 'NAME_NOT_RESOLVED', `url: ${detail}; try again`);
  throw new Refusal('invalid', reason, `url: ${detail}`, {
    violations: [{ field: 'url', rule: reason.toLowerCase(), description: detail }],
  });
};

/** What a request wants of an endpoint, checked. */
export const wishesOf = async (
  deps: WebhookDeps,
  {
    url,
    description,
    eventTypes,
  }: Pick<notificationV1.CreateWebhookEndpointRequest, 'url' | 'description' | 'eventTypes'>,
): Promise<Wishes> => {
  eventTypes.forEach((name, i) => {
    if (deps.isEventType(name)) return;
    const text = `${name} is neither an event of the contract nor a package of it followed by .*`;
    throw new Refusal('invalid', 'EVENT_TYPE_UNKNOWN', `event_types[${i}]: ${text}`, {
      violations: [{ field: `event_types[${i}]`, rule: 'event_type_unknown', description: text }],
    });
  });
  await mustBeReachable(deps, url);
  return { url, description, eventTypes: [...new Set(eventTypes)] };
};

/** The secret that signs first, in clear: the one a request has just made, also when it is repeated. */
export const newestSecret = ({ box }: WebhookDeps, { secrets }: Endpoint): string => box.open(secrets.at(-1)!.sealed);

/** The start of the next page: a moment and an id. Opaque to callers; checked when it comes back. */
export const writePlace = (at: number, id: string): string =>
  Buffer.from(JSON.stringify([at, id])).toString('base64url');

export const readPlace = (text: string): { at: number; id: string } | undefined => {
  if (text === '') return undefined;
  try {
    const [at, id] = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as unknown[];
    if (typeof at === 'number' && Number.isFinite(at) && typeof id === 'string') return { at, id };
  } catch {
    // Falls through to the same answer as any other foreign text.
  }
  throw invalidField('page_token', 'format', 'is not a token of an earlier page');
};
