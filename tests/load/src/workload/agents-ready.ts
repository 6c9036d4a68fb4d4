// Makes agents ready at a steady rate, whatever becomes of it. Its own process, so that neither the measured service nor the
// observer hold it up. Agents 0 to WARM_UP - 1 become ready first, some at a time; then it tells its parent the moment at which
// agent 0 would have been due at that rate, and agent n is due n / RATE seconds later.
import { pause } from '../measure/children';
import { collect } from '../measure/heap';
import { dueAt, LEAD_MS, preciseNow } from './open-loop';
import { inParallel, ready, routingClient } from './routing-client';

const AT_ONCE = 8;

const main = async (): Promise<void> => {
  const env = process.env as Record<'GRPC_PORT' | 'CALLER_KEY' | 'RATE' | 'WARM_UP' | 'AGENTS', string>;
  const [rate, warmUp, agents] = [Number(env.RATE), Number(env.WARM_UP), Number(env.AGENTS)];
  const client = routingClient(Number(env.GRPC_PORT), env.CALLER_KEY);
  await inParallel(warmUp, (n) => ready(client, n), AT_ONCE);
  collect();
  const startAt = preciseNow() + LEAD_MS - (warmUp * 1000) / rate;
  process.send!({ startAt });
  const asked: Promise<void>[] = [];
  while (warmUp + asked.length < agents) {
    const n = warmUp + asked.length;
    const wait = dueAt(startAt, rate, n) - preciseNow();
    if (wait > 0) await pause(Math.max(1, Math.floor(wait)));
    else asked.push(ready(client, n));
  }
  await Promise.all(asked);
};

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
