import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { metricCatalogue, repoRoot, seriesOf, toolPath } from '@throughline/local';
import { alertNames, ruleGroups, rulesFile, runbookOf } from '../src/alerts';
import { dashboardExpressions, dashboardFiles } from '../src/dashboards';
import { plainFiles, staleFiles } from '../src/render';
import { chartServices } from '../src/values';
import { describeWithTools } from './when-there';

const folder = mkdtempSync(join(tmpdir(), 'throughline-rules-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const promtool = (...args: string[]) => spawnSync(toolPath('promtool'), args, { cwd: folder, encoding: 'utf8' });

const testRules = (rules: string) => {
  writeFileSync(join(folder, 'rules.yaml'), rules);
  // Texts are for people; what fires, and with which labels, is what is tested.
  const cases = readFileSync(join(__dirname, 'rules.promtest.yaml'), 'utf8');
  writeFileSync(join(folder, 'cases.yaml'), cases);
  writeFileSync(join(folder, 'rules.yaml'), rules.replace(/^ {8}annotations:\n(?: {10}.*\n)+/gm, ''));
  return promtool('test', 'rules', 'cases.yaml');
};

describeWithTools('alert rules', () => {
  it('are valid', () => {
    writeFileSync(join(folder, 'rules.yaml'), rulesFile());
    expect(promtool('check', 'rules', 'rules.yaml')).toMatchObject({ status: 0 });
  });

  it('fire when they should, and only then', () => {
    const { status, stdout, stderr } = testRules(rulesFile());
    expect(`${stdout}${stderr}`).not.toMatch(/FAILED/);
    expect(status).toBe(0);
  });

  it.each([
    [
      'a threshold that nothing reaches',
      'max by (collection) (throughline_store_outbox_age) > 60',
      'max by (collection) (throughline_store_outbox_age) > 60000',
    ],
    ['a service that is gone but had been seen', 'unless count by (service)', 'and count by (service)'],
    ['a budget ten times as large', '14.4 * 0.001', '144 * 0.01'],
  ])('fail their tests with %s', (_what, from, to) => {
    const broken = rulesFile().replaceAll(from, to);
    expect(broken).not.toBe(rulesFile());
    expect(testRules(broken).status).not.toBe(0);
  });

  it('watch every service of the chart: one that is killed is missed', () => {
    const down = ruleGroups()
      .flatMap(({ rules }) => rules)
      .find(({ alert }) => alert === 'ServiceDown');
    const watched = new RegExp(`^(${/service=~"([^"]+)"/.exec(down!.expr)?.[1]})$`);
    expect(Object.keys(chartServices()).filter((service) => !watched.test(service))).toEqual([]);
  });

  it('have a case for every alert', () => {
    const cases = readFileSync(join(__dirname, 'rules.promtest.yaml'), 'utf8');
    const firing = new Set(
      [...cases.matchAll(/alertname: (\w+)[\s,]+exp_alerts:\s*(?!\[\])/g)].map((match) => match[1]),
    );
    expect(alertNames().filter((name) => !firing.has(name))).toEqual([]);
  });
});

const words = new Set(
  'sum rate by le and or unless on ignoring vector offset count max min topk deriv increase histogram_quantile without bool'.split(
    ' ',
  ),
);

/** Series that an expression asks for: names that are neither functions, labels nor words of the language. */
const seriesIn = (expression: string): string[] => {
  const bare = expression
    .replace(/"[^"]*"/g, '')
    .replace(/\{[^}]*\}/g, ' ')
    .replace(/\[[^\]]*\]/g, ' ')
    .replace(/\b(by|without)\s*\([^)]*\)/g, ' ')
    .replace(/\b\d+(\.\d+)?([smhd])?\b/g, ' ');
  return [...bare.matchAll(/[a-zA-Z_][a-zA-Z0-9_:]*/g)].map(([name]) => name).filter((name) => !words.has(name));
};

const known = new Set([
  'up',
  ...metricCatalogue().flatMap(seriesOf),
  ...ruleGroups().flatMap(({ rules }) => rules.flatMap(({ record }) => record ?? [])),
]);
const unknownIn = (expressions: string[]) => expressions.flatMap(seriesIn).filter((name) => !known.has(name));

describe('expressions use only metrics that exist', () => {
  it('in alert rules', () => {
    const expressions = ruleGroups().flatMap(({ rules }) => rules.map(({ expr }) => expr));
    expect(expressions.flatMap(seriesIn).length).toBeGreaterThan(40);
    expect(unknownIn(expressions)).toEqual([]);
  });

  it('on dashboards', () => {
    expect(dashboardExpressions().length).toBeGreaterThan(20);
    expect(unknownIn(dashboardExpressions())).toEqual([]);
  });

  it('in runbooks', () => {
    const pages = readdirSync(join(repoRoot, 'docs/runbooks')).map((name) =>
      readFileSync(join(repoRoot, 'docs/runbooks', name), 'utf8'),
    );
    const asked = pages.flatMap((page) => [...page.matchAll(/^promql '([^']+)'/gm)].map((match) => match[1]!));
    expect(asked.length).toBeGreaterThan(10);
    expect(unknownIn(asked)).toEqual([]);
  });

  it('and one that does not exist is seen', () => {
    expect(unknownIn(['sum by (group) (rate(throughline_bus_events_eaten_total{a="b"}[5m])) > 3'])).toEqual([
      'throughline_bus_events_eaten_total',
    ]);
  });
});

describe('runbooks', () => {
  it.each(alertNames())('%s has its page with commands', (alert) => {
    const path = join(repoRoot, runbookOf(alert));
    expect(existsSync(path)).toBe(true);
    const page = readFileSync(path, 'utf8');
    expect(page.startsWith(`# ${alert}\n`)).toBe(true);
    for (const part of ['## Look', '## Do', '## Afterwards']) expect(page).toContain(part);
    expect(page).toMatch(/```sh\n[\s\S]*(kubectl|ops|promql)/);
  });

  it('there is no page without an alert', () => {
    const pages = readdirSync(join(repoRoot, 'docs/runbooks'))
      .filter((name) => name !== 'README.md')
      .map((name) => `docs/runbooks/${name}`);
    expect(pages.sort()).toEqual([...new Set(alertNames())].map(runbookOf).sort());
  });
});

it('rules, dashboards and docs/metrics.md are as their sources say: run `npm run k8s -- render` after a change', () => {
  expect(staleFiles(plainFiles())).toEqual([]);
  for (const text of dashboardFiles().values()) expect(() => JSON.parse(text)).not.toThrow();
});
