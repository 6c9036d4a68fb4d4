import { contactPointFromText, contactPointText, parseContactPoint } from './contact-point';

// The contract writes METRIC_FIRST_REPLY, we write first_reply. Unspecified is the empty word.

/** Our word as a name of an enum of the contract. */
export const toWire =
  <E extends string>(prefix: string) =>
  (word: string): E =>
    `${prefix}_${word ? word.toUpperCase() : 'UNSPECIFIED'}` as E;

/** A name of an enum of the contract as our word; empty for what is unspecified or of another enum. */
export const fromWire =
  <W extends string>(prefix: string) =>
  (name: string): W => {
    const word = name.startsWith(`${prefix}_`) ? name.slice(prefix.length + 1).toLowerCase() : '';
    return (word === 'unspecified' ? '' : word) as W;
  };

const pointType = fromWire<'email'>('CONTACT_POINT_TYPE');

/** Canonical text of a contact point of the contract; empty for none. Refuses one that is no address. */
export const pointText = (point: { type: string; value: string } | undefined): string =>
  point ? contactPointText(parseContactPoint(pointType(point.type), point.value)) : '';

/** A contact point of the contract, of its canonical text; none for the empty one. `E` is the contract's enum of types. */
export const wirePoint = <E extends string>(text: string): { type: E; value: string } | undefined => {
  if (!text) return undefined;
  const { type, value } = contactPointFromText(text);
  return { type: toWire<E>('CONTACT_POINT_TYPE')(type), value };
};
