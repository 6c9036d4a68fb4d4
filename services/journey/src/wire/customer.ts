import type { journeyV1 } from '@throughline/proto';
import { commonV1 } from '@throughline/proto';
import type { ActorRef, Link } from '../domain/customer';

const types: Record<string, commonV1.ContactPointType> = {
  email: commonV1.ContactPointType.EMAIL,
  phone: commonV1.ContactPointType.PHONE,
  chat: commonV1.ContactPointType.CHAT,
  external: commonV1.ContactPointType.EXTERNAL,
};

const names = new Map(Object.entries(types).map(([name, type]) => [type, name]));

/** `email` for CONTACT_POINT_TYPE_EMAIL; empty for a type nobody knows. */
export const pointTypeName = (type: commonV1.ContactPointType): string => names.get(type) ?? '';

/** A contact point as a message. */
export const wirePoint = (point: string): commonV1.ContactPoint => {
  const colon = point.indexOf(':');
  return { type: types[point.slice(0, colon)] ?? commonV1.ContactPointType.UNSPECIFIED, value: point.slice(colon + 1) };
};

export const wireActor = (actor: ActorRef): commonV1.Actor => ({
  kind: actor.kind as commonV1.ActorKind,
  id: actor.id,
  displayName: actor.displayName,
});

export const wireLink = (link: Link): journeyV1.CustomerLink => ({
  id: link.id,
  survivingCustomerId: link.surviving,
  linkedCustomerId: link.linked,
  evidence: link.evidence,
  confidence: link.confidence,
  actor: wireActor(link.actor),
  linkedAt: new Date(link.at),
  unlinkedAt: link.undoneAt === undefined ? undefined : new Date(link.undoneAt),
  unlinkReason: link.undoReason ?? '',
});
