const CONFIRMED_MS = 30_000;

/** A write is done when a majority has it on disk. In the driver's words, for a connection. */
export const durable = { w: 'majority', journal: true, wtimeoutMS: CONFIRMED_MS } as const;

/** The same for a bare command, which takes nothing from the connection. */
export const durableBare = { w: 'majority', j: true, wtimeout: CONFIRMED_MS } as const;
