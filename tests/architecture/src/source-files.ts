import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { repoRoot } from '@throughline/local';

export type SourceFile = { path: string; text: string };

const skipped = new Set(['node_modules', 'dist', 'gen', '.turbo']);

/** TypeScript files below a folder of this repository, with paths from its top. */
export const sourceFiles = (folder: string): SourceFile[] => {
  const walk = (at: string): SourceFile[] =>
    readdirSync(at, { withFileTypes: true }).flatMap((entry) => {
      const path = join(at, entry.name);
      if (entry.isDirectory()) return skipped.has(entry.name) ? [] : walk(path);
      return entry.name.endsWith('.ts') && !entry.name.endsWith('.tmp.ts')
        ? [{ path: relative(repoRoot, path), text: readFileSync(path, 'utf8') }]
        : [];
    });
  return walk(join(repoRoot, folder));
};

/** Names of the services that exist. */
export const services = (): string[] =>
  readdirSync(join(repoRoot, 'services'), { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? [e.name] : []));
