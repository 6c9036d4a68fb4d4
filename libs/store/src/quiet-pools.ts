import { createRequire } from 'node:module';

/** What we use of the driver's pool of connections; it knows this option, but takes it from nobody. */
interface Pool {
  options: { minPoolSizeCheckFrequencyMS: number };
  ensureMinPoolSize(): void;
}

const CHECK_MS = 10_000;
let done = false;

/**
 * Every pool looks ten times a second whether it has as many connections as it should at least; for us that is none, and who takes a
 * connection looks at it anyway. Waking up is most of what an idle service costs.
 */
export const quietPools = (): void => {
  if (done) return;
  done = true;
  const { ConnectionPool } = createRequire(require.resolve('mongoose'))('mongodb/lib/cmap/connection_pool') as {
    ConnectionPool: { prototype: Pool };
  };
  const { prototype } = ConnectionPool;
  const ensure = prototype.ensureMinPoolSize;
  prototype.ensureMinPoolSize = function (this: Pool): void {
    if (this.options.minPoolSizeCheckFrequencyMS < CHECK_MS)
      this.options = { ...this.options, minPoolSizeCheckFrequencyMS: CHECK_MS };
    ensure.call(this);
  };
};
