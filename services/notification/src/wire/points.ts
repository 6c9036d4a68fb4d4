import { isRefusal, pointText, Refusal } from '@throughline/core';
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

/** Addresses of a list as texts; refuses one that is none by its place in the list. */
export const pointTexts = (field: string, points: commonV1.ContactPoint[]): string[] =>
  points.map((point, i) => {
    try {
      return pointText(point);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const violations = error.violations.map(({ rule, description }) => ({
        field: `${field}[${i}]`,
        rule,
        description,
      }));
      const description = violations[0]?.description ?? error.message;
      throw new Refusal('invalid', 'ADDRESS_INVALID', `${field}[${i}]: ${description}`, { violations });
    }
  });

export { pointText } from '@throughline/core';
