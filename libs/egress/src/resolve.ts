import { lookup, Resolver } from 'node:dns/promises';

/** All addresses of a name, IPv4 first. Throws with the code of the resolver when nobody could say. */
export type Resolve = (host: string) => Promise<string[]>;

const nobody = new Set(['ENOTFOUND', 'ENODATA']);

const none = (error: unknown): string[] => {
  if (nobody.has(String((error as { code?: string }).code))) return [];
  throw error;
};

/**
 * Asks DNS itself rather than the system: hosts files and search lists would turn a public name into one of ours, and the
 * system's way blocks a thread for each slow name.
 */
export const createResolve = (servers: string[] | undefined, timeoutMs: number): Resolve => {
  const resolver = new Resolver({ timeout: Math.max(Math.floor(timeoutMs / 3), 200), tries: 2 });
  if (servers) resolver.setServers(servers);
  return async (host) => {
    const [four, six] = await Promise.allSettled([
      resolver.resolve4(host).catch(none),
      resolver.resolve6(host).catch(none),
    ]);
    const found = [four, six].flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (found.length > 0) return found;
    for (const answer of [four, six]) if (answer.status === 'rejected') throw answer.reason;
    return [];
  };
};

/** For hosts an operator set: as the system knows them. */
export const systemResolve: Resolve = async (host) =>
  (await lookup(host, { all: true }).catch((error) => (nobody.has(error.code) ? [] : Promise.reject(error)))).map(
    ({ address }) => address,
  );
