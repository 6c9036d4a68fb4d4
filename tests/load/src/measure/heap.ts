import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

// The collector at hand without a flag on the command line.
setFlagsFromString('--expose-gc');
export const collect = runInNewContext('gc') as () => void;

const heap = (): number => {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

/** Bytes that something holds once it is made. */
export const holding = async <T>(make: () => T | Promise<T>): Promise<{ bytes: number; made: T }> => {
  const before = heap();
  const made = await make();
  const bytes = heap() - before;
  return { bytes, made };
};
