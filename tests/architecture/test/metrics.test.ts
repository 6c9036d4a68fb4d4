import { labelBounds, metricCatalogue } from '@throughline/local';
import type { SourceFile } from '../src/source-files';
import { services, sourceFiles } from '../src/source-files';

const kinds: Record<string, string> = {
  Counter: 'counter',
  ObservableCounter: 'counter',
  UpDownCounter: 'gauge',
  ObservableGauge: 'gauge',
  Histogram: 'histogram',
};

type Found = { name: string; type: string; unit: string | undefined; path: string };

/** Instruments that code makes; the unit only where it stands beside the name. */
const instruments = (files: SourceFile[]): Found[] =>
  files.flatMap(({ path, text }) =>
    [
      ...text.matchAll(
        /\.create(Observable)?(Counter|UpDownCounter|Gauge|Histogram)\(\s*'([a-z0-9._]+)'([^;]{0,200})/g,
      ),
    ].map(([, observable = '', kind = '', name = '', rest = '']) => ({
      name,
      type: kinds[observable + kind] ?? kind,
      unit: /^,\s*\{\s*unit: '([^']+)'/.exec(rest)?.[1],
      path,
    })),
  );

const code = () =>
  instruments(
    [...sourceFiles('libs'), ...services().flatMap((name) => sourceFiles(`services/${name}/src`))].filter(
      ({ path }) => !path.includes('/test/'),
    ),
  );

describe('metrics: infra/observability/metrics.yaml and the code agree (then run `npm run k8s -- render`)', () => {
  const listed = new Map(metricCatalogue().map((metric) => [metric.name, metric]));

  it('every metric of the code is listed with its type and unit', () => {
    const found = code();
    expect(found.length).toBeGreaterThan(20);
    const wrong = found.flatMap(({ name, type, unit, path }) => {
      const metric = listed.get(name);
      if (!metric) return [`${name} (${path}) is not listed`];
      if (metric.type !== type) return [`${name} is a ${type} in ${path}, listed as ${metric.type}`];
      return unit === undefined || unit === metric.unit
        ? []
        : [`${name} is in ${unit} in ${path}, listed in ${metric.unit}`];
    });
    expect(wrong).toEqual([]);
  });

  it('every metric that is listed is made by the code', () => {
    const made = new Set(code().map(({ name }) => name));
    expect([...listed.keys()].filter((name) => !made.has(name))).toEqual([]);
  });

  it('every label says what bounds it', () => {
    const bounds = labelBounds();
    const free = [...listed.values()].flatMap(({ name, labels }) =>
      labels.filter((label) => !bounds[label]).map((label) => `${name}: ${label}`),
    );
    expect(free).toEqual([]);
  });

  it('names follow `throughline.<what>.<plural>.<fact>` or the conventions upstream', () => {
    const odd = [...listed.keys()].filter(
      (name) => !/^(throughline\.[a-z]+\.[a-z_.]+|http\.|rpc\.|process\.|nodejs\.)/.test(name),
    );
    expect(odd).toEqual([]);
  });

  it('sees a metric that nobody listed', () => {
    const text = `const x = meter.createCounter('throughline.fixture.things.done');`;
    const [found] = instruments([{ path: 'fixture.ts', text }]);
    expect(found).toMatchObject({ name: 'throughline.fixture.things.done', type: 'counter' });
    expect(listed.has(found!.name)).toBe(false);
  });
});
