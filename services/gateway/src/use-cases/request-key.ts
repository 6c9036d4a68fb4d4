import { invalidField, newId } from '@throughline/core';

const printable = /^[\x21-\x7e](?:[\x20-\x7e]{0,126}[\x21-\x7e])?$/;

/** The idempotency key of a call: what the caller sent, or for a write a new one. Only its form is checked here. */
export const requestKey = (given: string | undefined, read: boolean): string | undefined => {
  if (given === undefined || given === '') return read ? undefined : newId();
  if (!printable.test(given))
    throw invalidField('Idempotency-Key', 'form', 'has at most 128 printable ASCII characters');
  return given;
};
