import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { LocalError, repoRoot } from '@throughline/local';
import { rulesFile } from './alerts';
import { dashboardFiles } from './dashboards';
import { template } from './helm';
import { metricsPage } from './metrics-page';
import { examplesDir, observabilityDir, profiles, renderedDir } from './paths';
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

/** Generated files that need no tool, by path. Some are inputs of the chart. */
export const plainFiles = (): Map<string, string> =>
  new Map([
    [join(repoRoot, 'docs', 'metrics.md'), metricsPage()],
    [join(observabilityDir, 'rules.yaml'), rulesFile()],
    ...[...dashboardFiles()].map(([name, text]): [string, string] => [
      join(observabilityDir, 'dashboards', name),
      text,
    ]),
    [join(examplesDir, 'strimzi', 'topics.yaml'), topicsManifest()],
    [join(examplesDir, 'strimzi', 'users.yaml'), usersManifest()],
  ]);

/** The profiles as helm renders them, by path. */
export const renderedFiles = (): Map<string, string> => {
  const files = new Map<string, string>();
  for (const profile of profiles) {
    files.set(join(renderedDir, profile, 'throughline.yaml'), rendered(profile));
    files.set(join(renderedDir, profile, 'kustomization.yaml'), kustomization);
  }
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

export const writeFiles = (files: Map<string, string>): void => {
  for (const [path, content] of files) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
};
