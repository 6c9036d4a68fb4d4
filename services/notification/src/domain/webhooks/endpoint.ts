import { Refusal } from '@throughline/core';

/** A secret that deliveries are signed with; `sealed` is unreadable without the key of the service. */
export interface Secret {
  id: string;
  sealed: string;
  createdAt: number;
  /** When it ends; the newest has no end. */
  expiresAt?: number | undefined;
}

/** What an integrator decides about an endpoint. */
export interface Wishes {
  url: string;
  description: string;
  /** Full names or `<package>.*`; empty for all. */
  eventTypes: string[];
}

export interface Endpoint extends Wishes {
  id: string;
  state: 'enabled' | 'disabled' | 'deleted';
  disabledReason: string;
  /** Rises with each change that a person makes. */
  revision: number;
  secrets: Secret[];
  /** Since when every attempt failed. */
  failingSince?: number | undefined;
  /** The notice before it is disabled is out. */
  noticed: boolean;
  createdAt: number;
  updatedAt: number;
}

/** How long failures may last, milliseconds. */
export interface Patience {
  noticeMs: number;
  disableMs: number;
}

export type EndpointCommand =
  | { type: 'create'; at: number; id: string; wishes: Wishes; secret: Secret }
  | { type: 'replace'; at: number; wishes: Wishes; expected?: number | undefined }
  | { type: 'disable'; at: number; reason: string }
  | { type: 'enable'; at: number }
  | { type: 'rotate'; at: number; secret: Secret; overlapMs: number }
  | { type: 'delete'; at: number }
  | { type: 'failed'; at: number; failure: string; patience: Patience }
  | { type: 'gone'; at: number }
  | { type: 'succeeded'; at: number };

export type EndpointEvent =
  | { type: 'created'; at: number; id: string; wishes: Wishes; secret: Secret }
  | { type: 'replaced'; at: number; wishes: Wishes }
  | { type: 'disabled'; at: number; reason: string; automatic: boolean }
  | { type: 'enabled'; at: number }
  | { type: 'rotated'; at: number; secret: Secret; oldExpiresAt: number }
  | { type: 'deleted'; at: number }
  | { type: 'failureBegan'; at: number }
  | { type: 'noticed'; at: number; since: number; disableAt: number; failure: string }
  | { type: 'recovered'; at: number; afterNotice: boolean };

const active = ({ expiresAt }: Secret, at: number): boolean => expiresAt === undefined || expiresAt > at;

/** Secrets that sign at a moment, newest first; never more than two. */
export const activeSecrets = ({ secrets }: Pick<Endpoint, 'secrets'>, at: number): Secret[] =>
  secrets.filter((secret) => active(secret, at)).reverse();

const notFound = (): Refusal => new Refusal('not_found', 'ENDPOINT_NOT_FOUND', 'there is no such webhook endpoint');

const failure = (
  { failingSince, noticed, state }: Endpoint,
  { at, failure: last, patience }: Extract<EndpointCommand, { type: 'failed' }>,
): EndpointEvent[] => {
  if (state !== 'enabled') return [];
  if (failingSince === undefined) return [{ type: 'failureBegan', at }];
  const { noticeMs, disableMs } = patience;
  if (at - failingSince >= disableMs) {
    const reason = `nothing could be delivered since ${new Date(failingSince).toISOString()}; the last time: ${last}`;
    return [{ type: 'disabled', at, reason, automatic: true }];
  }
  if (noticed || at - failingSince < noticeMs) return [];
  return [{ type: 'noticed', at, since: failingSince, disableAt: failingSince + disableMs, failure: last }];
};

const rotation = (
  endpoint: Endpoint,
  { at, secret, overlapMs }: Extract<EndpointCommand, { type: 'rotate' }>,
): EndpointEvent[] => {
  if (overlapMs > 0 && activeSecrets(endpoint, at).length > 1) {
    const until = new Date(Math.max(...endpoint.secrets.map(({ expiresAt }) => expiresAt ?? 0))).toISOString();
    throw new Refusal('precondition', 'ROTATION_RUNNING', `two secrets are active until ${until}`, {
      metadata: { until },
    });
  }
  return [{ type: 'rotated', at, secret, oldExpiresAt: at + overlapMs }];
};

/** What follows from a command; nothing when it changes nothing. */
export const decide = (endpoint: Endpoint | undefined, command: EndpointCommand): EndpointEvent[] => {
  const { at } = command;
  if (command.type === 'create') {
    if (!endpoint) return [{ ...command, type: 'created' }];
    throw new Refusal('already_exists', 'ENDPOINT_EXISTS', `${command.id} is or was the id of one already`);
  }
  if (!endpoint || endpoint.state === 'deleted') throw notFound();
  switch (command.type) {
    case 'replace':
      if (command.expected !== undefined && command.expected !== endpoint.revision) {
        throw new Refusal('precondition', 'ENDPOINT_CHANGED', `the latest version is ${endpoint.revision}`, {
          metadata: { version: String(endpoint.revision) },
        });
      }
      return [{ type: 'replaced', at, wishes: command.wishes }];
    case 'disable':
      return endpoint.state === 'disabled' ? [] : [{ type: 'disabled', at, reason: command.reason, automatic: false }];
    case 'enable':
      return endpoint.state === 'enabled' ? [] : [{ type: 'enabled', at }];
    case 'rotate':
      return rotation(endpoint, command);
    case 'delete':
      return [{ type: 'deleted', at }];
    case 'failed':
      return failure(endpoint, command);
    case 'gone': {
      const reason = 'the receiver answered 410 Gone';
      return endpoint.state === 'enabled' ? [{ type: 'disabled', at, reason, automatic: true }] : [];
    }
    case 'succeeded':
      return endpoint.failingSince === undefined ? [] : [{ type: 'recovered', at, afterNotice: endpoint.noticed }];
  }
};

const withSecret = (
  { secrets }: Endpoint,
  { at, secret, oldExpiresAt }: Extract<EndpointEvent, { type: 'rotated' }>,
) => [
  ...secrets
    .filter((one) => active(one, at))
    .map((one) => ({ ...one, expiresAt: Math.min(one.expiresAt ?? oldExpiresAt, oldExpiresAt) }))
    .filter((one) => active(one, at)),
  secret,
];

const healthy = { failingSince: undefined, noticed: false } as const;

/** The endpoint after an event. */
export const evolve = (endpoint: Endpoint | undefined, event: EndpointEvent): Endpoint => {
  const { at } = event;
  if (event.type === 'created') {
    const { id, wishes, secret } = event;
    const rest = { state: 'enabled', disabledReason: '', revision: 1, noticed: false } as const;
    return { id, ...wishes, ...rest, secrets: [secret], createdAt: at, updatedAt: at };
  }
  const before = endpoint!;
  const byPerson = { ...before, revision: before.revision + 1, updatedAt: at };
  switch (event.type) {
    case 'replaced':
      return { ...byPerson, ...event.wishes };
    case 'disabled':
      return { ...byPerson, state: 'disabled', disabledReason: event.reason };
    case 'enabled':
      return { ...byPerson, ...healthy, state: 'enabled', disabledReason: '' };
    case 'rotated':
      return { ...byPerson, secrets: withSecret(before, event) };
    case 'deleted':
      return { ...byPerson, state: 'deleted', secrets: [] };
    case 'failureBegan':
      return { ...before, failingSince: at };
    case 'noticed':
      return { ...before, noticed: true };
    case 'recovered':
      return { ...before, ...healthy };
  }
};
