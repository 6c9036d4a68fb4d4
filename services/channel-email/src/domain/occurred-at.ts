const fiveDays = 5 * 24 * 3_600_000;
const onTheWay = 5 * 60_000;

/**
 * When the customer sent it. A mail's date has whole seconds of a clock that is not ours, so for a mail that came straight
 * to us the moment we received it is the truer time: an answer never sorts before what it answers. The date counts for mail
 * that waited on its way, up to the five days that mail waits in queues; it is never believed when it lies ahead.
 */
export const occurredAt = (date: number | undefined, receivedAt: number): number =>
  date !== undefined && date < receivedAt - onTheWay && date >= receivedAt - fiveDays ? date : receivedAt;
