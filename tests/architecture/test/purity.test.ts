import { environmentReads, impurities } from '../src/purity';
import { sourceFiles } from '../src/source-files';

const inDomain = ({ path }: { path: string }): boolean => /^services\/[^/]+\/src\/domain\//.test(path);

describe('purity', () => {
  it.each(sourceFiles('tests/architecture/fixtures/purity'))('$path is seen as impure', (file) => {
    expect(impurities(file)).not.toEqual([]);
  });

  it('domain/ has no clock, chance, waiting, process or class', () => {
    const files = sourceFiles('services').filter(inDomain);
    expect(files.length).toBeGreaterThan(10);
    expect(files.flatMap(impurities)).toEqual([]);
  });

  it('dates made from a value are pure', () => {
    expect(impurities({ path: 'a.ts', text: 'export const at = (ms: number) => new Date(ms);' })).toEqual([]);
  });
});

describe('the environment', () => {
  it('is seen when a file other than config.ts reads it', () => {
    expect(sourceFiles('tests/architecture/fixtures/environment').flatMap(environmentReads)).toHaveLength(1);
  });

  it('is read by config.ts only', () => {
    // libs/testing runs inside tests alone, where jest hands addresses over in the environment.
    const files = [...sourceFiles('services'), ...sourceFiles('libs')].filter(
      ({ path }) => path.includes('/src/') && !path.startsWith('libs/testing/'),
    );
    expect(files.flatMap(environmentReads)).toEqual([]);
  });
});
