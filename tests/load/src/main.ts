import { parseArgs } from 'node:util';
import { findInfra } from '@throughline/local';
import { cases } from './cases';
import { openBench } from './measure/context';
import { save, table } from './measure/report';

const usage = `npm run bench -- <case> [--pairs N] [--events N] [--rate N] [--seconds N]
cases: ${Object.keys(cases).join(', ')}, all`;

const main = async (): Promise<number> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      pairs: { type: 'string' },
      events: { type: 'string' },
      rate: { type: 'string' },
      seconds: { type: 'string' },
    },
  });
  const named = positionals.map((name) => name.toLowerCase());
  const wanted = named[0] === 'all' ? Object.keys(cases) : named;
  const unknown = wanted.filter((name) => !cases[name]);
  if (wanted.length === 0 || unknown.length > 0) {
    console.error(unknown.length > 0 ? `no such case: ${unknown.join(', ')}\n${usage}` : usage);
    return 64;
  }
  const number = (text: string | undefined) => (text === undefined ? undefined : Number(text));
  const say = (line: string) => console.log(line);
  const infra = await findInfra({ say });
  const bench = await openBench(infra, say);
  const lines = [];
  for (const name of wanted) {
    const result = await cases[name]!(bench, {
      events: number(values.events),
      pairs: number(values.pairs),
      rate: number(values.rate),
      ms: values.seconds === undefined ? undefined : Number(values.seconds) * 1000,
    });
    lines.push(...result.lines);
    say(`written: ${save(name, result)}`);
  }
  say(table(lines));
  await bench.client.close();
  await infra.stop();
  return lines.every((line) => line.correct) ? 0 : 1;
};

main().then(
  (code) => process.exit(code),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
