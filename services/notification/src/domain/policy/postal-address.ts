import type { ContactPolicy, MessageClass } from './policy';

export const NO_POSTAL_ADDRESS =
  'promotional mails say where their sender can be written to, and the contact policy has no sender_postal_address';

/** True when a message must say where its sender can be written to, and nobody has said that. */
export const lacksPostalAddress = (
  { messageClass, channel }: { messageClass: MessageClass; channel: string },
  { postalAddress }: Pick<ContactPolicy, 'postalAddress'>,
): boolean => messageClass === 'promotional' && channel === 'email' && postalAddress === '';
