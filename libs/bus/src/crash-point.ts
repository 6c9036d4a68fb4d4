import type { CrashPoint } from './types';

export const noCrash: CrashPoint = () => {};

/**
 * Makes the hook that resilience tests use: `after-write` dies at the first pass, `after-write:20` at the twentieth.
 * Nothing named means nothing happens. SIGKILL, because a polite exit would flush and prove nothing.
 */
export function crashAt(spec: string | undefined): CrashPoint {
  if (!spec) return noCrash;
  const [wanted, count] = spec.split(':');
  let left = count ? Number(count) : 1;
  return (name) => {
    if (name === wanted && --left === 0) process.kill(process.pid, 'SIGKILL');
  };
}
