import { contactPointText, parseContactPoint } from '@throughline/core';
import { commonV1 } from '@throughline/proto';

const types: Record<string, commonV1.ContactPointType> = {
  email: commonV1.ContactPointType.EMAIL,
  phone: commonV1.ContactPointType.PHONE,
  chat: commonV1.ContactPointType.CHAT,
  external: commonV1.ContactPointType.EXTERNAL,
};
const names = new Map(Object.entries(types).map(([name, type]) => [type, name]));

/** A canonical text as a message. */
export const wirePoint = (point: string): commonV1.ContactPoint => {
  const colon = point.indexOf(':');
  return { type: types[point.slice(0, colon)] ?? commonV1.ContactPointType.UNSPECIFIED, value: point.slice(colon + 1) };
};

/** The canonical text of an address; throws a Refusal when it is none. */
export const pointText = (point: commonV1.ContactPoint): string =>
  contactPointText(parseContactPoint(names.get(point.type) ?? '', point.value));
