import type { ToolName } from '@throughline/local';
import { fetchTool, LocalError } from '@throughline/local';
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
