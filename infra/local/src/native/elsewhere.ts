import { LocalError } from '../local-error';

/** This checkout's own server runs for somebody else, and not where it was asked for: stopping it would hurt them. */
export const elsewhere = (what: string, pid: number): LocalError =>
  new LocalError(
    `${what} of this checkout already runs (process ${pid}) for another npm start or npm test, on other ports. Stop that one first.`,
  );
