import { describeAdapter } from '../src';
import { exampleDriver, exampleSource, loadExample } from '../src/drivers/example';

describeAdapter('documented example', () => exampleDriver(() => loadExample('example', exampleSource())));

test('the example stays short', () => {
  const lines = exampleSource()
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('import '));
  expect(lines.length).toBeLessThanOrEqual(45);
});
