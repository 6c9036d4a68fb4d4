// `npm run k8s -- render|check`: writes the generated manifests, or tells what is wrong with them.
import { readFileSync } from 'node:fs';
import { LocalError, runCli } from '@throughline/local';
import { prepareTools } from './global';
import { template } from './helm';
import { parseObjects } from './objects';
import { profiles } from './paths';
import { policyFaults } from './policy';
import { plainFiles, renderedFiles, staleFiles, writeFiles } from './render';
import { schemaFaults } from './schemas';

const usage = `npm run k8s -- render          writes what is made from the chart, the catalogues and the promises
npm run k8s -- check [file]    checks the profiles, or manifests of yours, against API schemas and our policies`;

const faultsOf = (manifests: string): string[] =>
  [...schemaFaults(manifests), ...policyFaults(parseObjects(manifests))].map(
    ({ object, message }) => `${object}: ${message}`,
  );

runCli(async () => {
  const [command, file] = process.argv.slice(2);
  if (command !== 'render' && command !== 'check') throw new LocalError(usage);
  const missing = await prepareTools((line) => console.log(`  ${line}`));
  if (missing.length > 0) throw new LocalError('not everything that is needed could be fetched');
  if (command === 'render') {
    const stale: string[] = [];
    // In this order: the chart takes rules and dashboards in.
    for (const make of [plainFiles, renderedFiles]) {
      const files = make();
      stale.push(...staleFiles(files));
      writeFiles(files);
    }
    console.log(stale.length > 0 ? `written:\n  ${stale.join('\n  ')}` : 'nothing has changed');
    return 0;
  }
  const inputs: [string, string][] = file
    ? [[file, readFileSync(file, 'utf8')]]
    : profiles.map((profile) => [profile, template(profile).out]);
  const told = inputs.flatMap(([name, manifests]) => faultsOf(manifests).map((fault) => `${name}: ${fault}`));
  console.log(told.length > 0 ? told.join('\n') : 'no fault found');
  return told.length > 0 ? 1 : 0;
});
