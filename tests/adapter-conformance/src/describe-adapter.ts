import { startBench } from './bench';
import { checks } from './checks';
import type { AdapterDriver } from './driver';

/** Runs every check of the kit against an adapter as jest tests. Each has surroundings of its own. */
export function describeAdapter(name: string, createDriver: () => AdapterDriver): void {
  describe(`the ${name} adapter keeps the contract`, () => {
    for (const [rule, check] of Object.entries(checks)) {
      test(rule, async () => {
        const bench = await startBench(
          createDriver(),
          process.env['KAFKA_BROKERS']!.split(','),
          process.env['MONGO_URL']!,
        );
        try {
          await check(bench);
        } finally {
          await bench.stop();
        }
      }, 180_000);
    }
    for (const [rule, reason] of Object.entries(createDriver().skips ?? {}))
      test(`${rule} does not apply: ${reason}`, () => undefined);
  });
}
