import { outboundCalls } from '../src/outbound-calls';
import { sourceFiles } from '../src/source-files';

// Kafka has its own protocol and its brokers come from the settings; nobody's text decides where the bus connects to.
const mayCallOut = /^libs\/(egress|bus|testing)\//;

describe('calls to the outside', () => {
  it.each(sourceFiles('tests/architecture/fixtures/outbound-calls'))('$path is seen', (file) => {
    expect(outboundCalls(file)).not.toEqual([]);
  });

  it('are made by libs/egress only', () => {
    const files = [...sourceFiles('services'), ...sourceFiles('libs')].filter(
      ({ path }) => path.includes('/src/') && !mayCallOut.test(path),
    );
    expect(files.length).toBeGreaterThan(300);
    expect(files.flatMap(outboundCalls)).toEqual([]);
  });

  it('are seen in libs/egress itself', () => {
    expect(sourceFiles('libs/egress/src').flatMap(outboundCalls)).not.toEqual([]);
  });

  it('are not what a server or a type needs', () => {
    const text = `
      import type { IncomingMessage } from 'node:http';
      import { createServer, STATUS_CODES } from 'node:http';
      import { type Socket } from 'node:net';
      export const port = { fetch: (id: string) => id };
      export const read = (store: { fetch(id: string): string }) => store.fetch('a');
    `;
    expect(outboundCalls({ path: 'a.ts', text })).toEqual([]);
  });
});
