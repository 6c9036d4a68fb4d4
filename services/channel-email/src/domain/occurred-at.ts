const fiveDays = 5 * 24 * 3_600_000;

/**
 * When the customer sent it. The date of the mail counts when it can be true: mail waits up to five days in queues and
 * never comes from the future. Otherwise the moment we received it counts.
 */
export const occurredAt = (date: number | undefined, receivedAt: number): number =>
  date !== undefined && date <= receivedAt && date >= receivedAt - fiveDays ? date : receivedAt;
