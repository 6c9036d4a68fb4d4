import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const findRoot = (from: string): string => {
  if (existsSync(join(from, 'pnpm-workspace.yaml'))) return from;
  const parent = dirname(from);
  if (parent === from) throw new Error('No pnpm-workspace.yaml above this file');
  return findRoot(parent);
};

/** Top folder of the checkout, found from source and from compiled code alike. */
export const repoRoot = findRoot(__dirname);

/** Everything that a local run keeps: data, logs, pid files, secrets. Not in git. */
export const localDir = join(repoRoot, '.local');

/** Fetched artefacts. One folder may serve several checkouts. */
export const cacheDir = process.env.THROUGHLINE_CACHE_DIR
  ? resolve(process.env.THROUGHLINE_CACHE_DIR)
  : join(localDir, 'cache');
