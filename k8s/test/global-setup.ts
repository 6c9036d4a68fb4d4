import { prepareServer, prepareTools } from '../src/global';

/** Fetches what the checks need before they run; what is missing fails in CI and is told elsewhere. */
export default async (): Promise<void> => {
  const say = (line: string) => console.log(`  ${line}`);
  const missing = await prepareTools(say);
  if (missing.length > 0 && process.env.CI) throw new Error(`tools of the Kubernetes checks:\n${missing.join('\n')}`);
  process.env.K8S_TOOLS_MISSING = missing.join('\n');
  const noServer = await prepareServer(process.env.LONG === '1', say);
  if (noServer) say(`SKIPPED, what a real API server makes of the manifests: ${noServer}`);
  process.env.K8S_SERVER_MISSING = noServer ?? '';
};
