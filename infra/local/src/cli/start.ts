import { join } from 'node:path';
import { findInfra } from '../find-infra';
import { runCli } from '../local-error';
import type { Observing } from '../observe';
import { localDir } from '../paths';
import { runProduct } from '../run-product';
import type { Product } from '../services/table';

const began = Date.now();
const say = (line: string) => console.log(`  ${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s  ${line}`);

const welcome = (product: Product) => `
Throughline is running.

  REST        ${product.restUrl}        API page: ${product.restUrl}/docs
  gRPC        ${product.grpcAddress}            (reflection on)
  e-mail in   smtp://${product.smtp.host}:${product.smtp.port}     mailbox: ${product.smtp.mailbox}
  web chat    ${product.chat.url.replace('ws', 'http')}/demo
  voice       ${product.voice.url}/voice/${product.voice.accountPath}/incoming
  sent mails  ${product.mailFolder}
  logs        ${join(localDir, 'logs')}
  demo key    ${product.apiKey}

Try, in a second terminal:
  npm run demo
  curl -H 'Authorization: Bearer ${product.apiKey}' ${product.restUrl}/v1/conversations
  grpcurl -plaintext -H 'authorization: Bearer ${product.apiKey}' ${product.grpcAddress} list

Ctrl-C stops everything; data stay in .local/.`;

const observed = (observing: Observing | undefined): string =>
  observing
    ? `
  metrics     ${observing.prometheusUrl ?? 'http://127.0.0.1:<operations port>/metrics of each service'}
  traces      npm run ops -- traces`
    : '';

runCli(async () => {
  const interrupt = new AbortController();
  const { signal } = interrupt;
  const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  // From the first moment: a start that is cut short stops what it has begun. A second Ctrl-C ends at once.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(name, () => {
      console.log('\nstopping …');
      interrupt.abort();
    });
  const infra = await findInfra({ say });
  try {
    if (!signal.aborted) {
      say(`Kafka and MongoDB: ${infra.source}`);
      const observe = process.argv.includes('--observe');
      const running = await runProduct(infra, { home: localDir, say, signal, observe });
      if (!signal.aborted) console.log(`${welcome(running.product)}${observed(running.observing)}`);
      await stopped;
      await running.stop();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await infra.stop();
  }
  console.log('stopped.');
  process.exit(0);
});
