import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { LocalError, repoRoot } from '@throughline/local';
import { template } from './helm';
import { examplesDir, profiles, renderedDir } from './paths';
import { topicsManifest, usersManifest } from './strimzi';

const kustomization = `# A profile as Kustomize base: \`resources: [<this folder>]\`, then patch what differs.
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [throughline.yaml]
`;

const rendered = (profile: (typeof profiles)[number]): string => {
  const { ok, out, said } = template(profile);
  if (!ok) throw new LocalError(`helm template of profile ${profile}: ${said.trim()}`);
  return out.replace(/[ \t]+$/gm, '');
};

/** Every generated file with its content, by path. */
export const generatedFiles = (): Map<string, string> => {
  const files = new Map<string, string>();
  for (const profile of profiles) {
    files.set(join(renderedDir, profile, 'throughline.yaml'), rendered(profile));
    files.set(join(renderedDir, profile, 'kustomization.yaml'), kustomization);
  }
  files.set(join(examplesDir, 'strimzi', 'topics.yaml'), topicsManifest());
  files.set(join(examplesDir, 'strimzi', 'users.yaml'), usersManifest());
  return files;
};

const contentOf = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

/** Paths of generated files that differ from what is in the repository. */
export const staleFiles = (files: Map<string, string>, read = contentOf): string[] =>
  [...files].filter(([path, content]) => read(path) !== content).map(([path]) => relative(repoRoot, path));

/** Writes them all; rendered profiles are replaced as a whole. */
export const writeGenerated = (files: Map<string, string>): void => {
  rmSync(renderedDir, { recursive: true, force: true });
  for (const [path, content] of files) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
};
