import type { Mailbox } from './mail';

/** Lower case, without surrounding space: the form in which addresses are compared here. */
export const sameForm = (address: string): string => address.trim().toLowerCase();

/** `support+token@example.org` → base `support@example.org` and `token`. */
export const splitPlus = (address: string): { base: string; plus: string } => {
  const at = address.lastIndexOf('@');
  const plus = address.indexOf('+');
  if (at < 0 || plus < 1 || plus > at) return { base: sameForm(address), plus: '' };
  return { base: sameForm(address.slice(0, plus) + address.slice(at)), plus: address.slice(plus + 1, at) };
};

/** The mailbox an address belongs to, with or without a plus part. */
export const mailboxFor = (mailboxes: readonly Mailbox[], address: string): Mailbox | undefined => {
  const exact = sameForm(address);
  const { base } = splitPlus(address);
  return (
    mailboxes.find((mailbox) => sameForm(mailbox.address) === exact) ??
    mailboxes.find((mailbox) => sameForm(mailbox.address) === base)
  );
};

/** The address with a plus part, or undefined when the local part would pass its 64 octets. */
export const withPlus = (address: string, token: string): string | undefined => {
  const at = address.lastIndexOf('@');
  const local = `${address.slice(0, at)}+${token}`;
  return /^[A-Za-z0-9._~=-]+$/.test(token) && local.length <= 64 ? local + address.slice(at) : undefined;
};

const machineSenders = /^(?:mailer-daemon|postmaster)@/i;
const noReplySenders = /^(?:no[-_.]?reply|do[-_.]?not[-_.]?reply)(?:[-_.+][^@]*)?@/i;

/** Mail systems write as mailer-daemon or postmaster. */
export const isMachineSender = (address: string): boolean => machineSenders.test(address);

/** The address itself says that nobody reads answers. */
export const isNoReplySender = (address: string): boolean => noReplySenders.test(address);
