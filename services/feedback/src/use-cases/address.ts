import { contactPointFromText, isBlockedContactValue } from '@throughline/core';

const canReach = (text: string): boolean => {
  if (!text.startsWith('email:') && !text.startsWith('chat:')) return false;
  return !isBlockedContactValue(contactPointFromText(text));
};

/** The address a message goes to: the given one, or a mail address of the same person; empty when there is none. */
export const addressOf = (contactPoint: string, points: string[]): string =>
  [contactPoint, ...points.filter((point) => point.startsWith('email:'))].find(canReach) ?? '';
