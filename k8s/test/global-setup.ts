import { prepareTools } from '../src/global';

/** Fetches what the checks need before they run; what is missing fails in CI and is told elsewhere. */
export default async (): Promise<void> => {
  const missing = await prepareTools((line) => console.log(`  ${line}`));
  if (missing.length > 0 && process.env.CI) throw new Error(`tools of the Kubernetes checks:\n${missing.join('\n')}`);
  process.env.K8S_TOOLS_MISSING = missing.join('\n');
};
