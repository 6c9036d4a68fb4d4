import { customerIdFor } from '@throughline/core';

/** Customer of a contact point: links told by journey, else the id that follows from the contact point itself. */
export type CustomerOf = (tenantId: string, contactPoint: string) => string;

export const defaultCustomer: CustomerOf = (tenantId, contactPoint) =>
  contactPoint ? customerIdFor(tenantId, contactPoint) : '';
