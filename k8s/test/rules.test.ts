import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { metricCatalogue, repoRoot, seriesOf, toolPath } from '@throughline/local';
import { alertNames, ruleGroups, rulesFile, runbookOf } from '../src/alerts';
import { dashboardFiles, dashboardQueries } from '../src/dashboards';
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
    const expressions = dashboardQueries().map(({ expr }) => expr);
    expect(expressions.length).toBeGreaterThan(20);
    expect(unknownIn(expressions)).toEqual([]);
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

// Given by whoever scrapes.
const everywhere = ['service', 'instance', 'job'];
const labelsOfSeries = new Map([
  ...metricCatalogue().flatMap((metric) =>
    seriesOf(metric).map((series): [string, string[]] => [
      series,
      [...metric.labels, ...everywhere, ...(series.endsWith('_bucket') ? ['le'] : [])],
    ]),
  ),
  ...ruleGroups().flatMap(({ rules }) =>
    rules.flatMap(({ record, labels }): [string, string[]][] =>
      record ? [[record, [...Object.keys(labels ?? {}), ...groupedBy(rules, record)]]] : [],
    ),
  ),
]);

function groupedBy(rules: { record?: string; expr: string }[], record: string): string[] {
  return rules.filter((rule) => rule.record === record).flatMap(({ expr }) => listed(expr));
}

/** Labels named after `by`. */
function listed(expr: string): string[] {
  return [...expr.matchAll(/\bby\s*\(([^)]*)\)/g)].flatMap(([, names]) => names!.split(',').map((name) => name.trim()));
}

/** Labels that a query or its legend names and none of its series has. */
const strangeLabels = ({ expr, legend }: { expr: string; legend: string }): string[] => {
  const has = new Set(seriesIn(expr).flatMap((series) => labelsOfSeries.get(series) ?? []));
  const matched = [...expr.matchAll(/([a-z_]+)\s*(?:=~|!~|!=|=)\s*"/g)].map(([, name]) => name!);
  const kept = listed(expr);
  const shown = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name!);
  const strange = [...matched, ...kept].filter((name) => !has.has(name));
  // What is summed up has no other labels left.
  return [
    ...strange,
    ...shown.filter((name) => !(/\b(sum|max|min|count)\b/.test(expr) ? kept : [...has]).includes(name)),
  ];
};

describe('dashboards', () => {
  it('name only labels that their series have', () => {
    expect(dashboardQueries().flatMap(strangeLabels)).toEqual([]);
    expect(strangeLabels({ expr: 'sum by (group) (throughline_bus_lag{tenant="a"})', legend: '{{topic}}' })).toEqual([
      'tenant',
      'topic',
    ]);
  });

  it.each([...dashboardFiles()])('%s has what Grafana needs to show it', (file, text) => {
    const board = JSON.parse(text) as {
      uid: string;
      title: string;
      schemaVersion: number;
      templating: { list: { name: string; type: string; query: string }[] };
      panels: {
        id: number;
        type: string;
        title: string;
        gridPos: { x: number; y: number; w: number; h: number };
        datasource?: { type: string; uid: string };
        fieldConfig?: { defaults: { unit: string } };
        targets?: { refId: string; expr: string; datasource: { uid: string } }[];
      }[];
    };
    expect(file).toBe(`${board.uid}.json`);
    expect(board.uid).toMatch(/^[a-z0-9-]{1,40}$/);
    expect(board.templating.list).toContainEqual(expect.objectContaining({ name: 'datasource', query: 'prometheus' }));
    expect(new Set(board.panels.map(({ id }) => id)).size).toBe(board.panels.length);
    const cells = new Set<string>();
    let size = 0;
    for (const { type, gridPos, targets, fieldConfig, datasource } of board.panels) {
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) cells.add(`${x}/${y}`);
      size += gridPos.w * gridPos.h;
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      if (type === 'row') continue;
      expect(type).toBe('timeseries');
      expect(['s', 'ms', 'cps', 'none', 'bytes', 'percentunit']).toContain(fieldConfig?.defaults.unit);
      expect(new Set(targets?.map(({ refId }) => refId)).size).toBe(targets?.length);
      for (const one of [datasource, ...(targets ?? []).map((target) => target.datasource)])
        expect(one?.uid).toBe('$' + '{datasource}');
    }
    // No panel lies over another.
    expect(cells.size).toBe(size);
  });
});

describeWithTools('expressions of dashboards', () => {
  const check = (expressions: string[]) => {
    const rules = expressions.map((expr, i) => ({ record: `dashboard:query:${i}`, expr }));
    // Grafana puts the interval in; the language of rules is a superset of JSON.
    const text = JSON.stringify({ groups: [{ name: 'dashboards', rules }] }).replaceAll('$__rate_interval', '5m');
    writeFileSync(join(folder, 'dashboards.yaml'), text);
    return promtool('check', 'rules', 'dashboards.yaml').status;
  };

  it('are such as Prometheus reads', () => {
    expect(check(dashboardQueries().map(({ expr }) => expr))).toBe(0);
    expect(check(['sum by group (throughline_bus_lag'])).not.toBe(0);
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
