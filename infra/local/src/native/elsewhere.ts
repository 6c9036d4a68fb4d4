import { LocalError } from '../local-error';

/** This checkout's own server runs for somebody else, and does not answer where it was asked for: stopping it would hurt them. */
export const elsewhere = (what: string, pid: number): LocalError =>
  new LocalError(
    `${what} of this checkout (process ${pid}) belongs to another npm start or npm test, which is still starting or uses other ports. Wait for it, or stop it first.`,
  );
