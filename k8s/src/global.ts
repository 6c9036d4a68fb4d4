import { existsSync } from 'node:fs';
import type { ToolName } from '@throughline/local';
import { fetchTool, LocalError, toolPath } from '@throughline/local';
import { prepareSchemas } from './schemas';

/** Everything the checks need; what cannot be had is told by name. */
export const prepareTools = async (say: (line: string) => void): Promise<string[]> => {
  const missing: string[] = [];
  const attempt = async (work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof LocalError)) throw error;
      missing.push(error.message);
      say(error.message);
    }
  };
  // Prometheus is for the test of `npm start -- --observe`: built there, it would take longer than a test may wait.
  for (const name of ['helm', 'kubeconform', 'kustomize', 'promtool', 'prometheus'] satisfies ToolName[])
    await attempt(() => fetchTool(name, say));
  await attempt(() => prepareSchemas(say));
  return missing;
};

/**
 * An API server and what it keeps its objects in. Building them takes many minutes, so only the long tests do it; `undefined` when both are
 * there, else why not.
 */
export const prepareServer = async (build: boolean, say: (line: string) => void): Promise<string | undefined> => {
  const names = ['etcd', 'kube-apiserver'] satisfies ToolName[];
  const absent = names.filter((name) => !existsSync(toolPath(name)));
  if (absent.length === 0) return undefined;
  if (!build) return `${absent.join(' and ')} not built yet: \`npm run test:long -- k8s\` does it, once`;
  try {
    for (const name of names) await fetchTool(name, say);
    return undefined;
  } catch (error) {
    if (!(error instanceof LocalError)) throw error;
    say(error.message);
    return error.message;
  }
};
