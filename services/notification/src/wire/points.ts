import { commonV1 } from '@throughline/proto';

const types: Record<string, commonV1.ContactPointType> = {
  email: commonV1.ContactPointType.EMAIL,
  phone: commonV1.ContactPointType.PHONE,
  chat: commonV1.ContactPointType.CHAT,
  external: commonV1.ContactPointType.EXTERNAL,
};
/** A canonical text as a message. */
export const wirePoint = (point: string): commonV1.ContactPoint => {
  const colon = point.indexOf(':');
  return { type: types[point.slice(0, colon)] ?? commonV1.ContactPointType.UNSPECIFIED, value: point.slice(colon + 1) };
};

export { pointText } from '@throughline/core';
