import { services, sourceFiles } from '../src/source-files';
import { startsByHand } from '../src/start-up';

describe('starting and draining', () => {
  it('is seen when a service does it by hand', () => {
    expect(sourceFiles('tests/architecture/fixtures/start-up').flatMap(startsByHand)).toHaveLength(1);
  });

  it('is done by libs/service in one order for every service', () => {
    const sources = services().flatMap((name) => sourceFiles(`services/${name}/src`));
    expect(sources.flatMap(startsByHand)).toEqual([]);
    const apps = sources.filter(({ path }) => path.endsWith('/src/app.ts'));
    expect(apps.filter(({ text }) => !text.includes('createService')).map(({ path }) => path)).toEqual([]);
  });
});
