import type { AddressInfo, Socket } from 'node:net';
import { createConnection, createServer } from 'node:net';

/**
 * What a line does with what passes.
 * - `pass`: nothing.
 * - `swallow`: requests get through, their answers never come back: it was done, and the caller does not know.
 * - `half-open`: the line stands, and nothing gets through either way.
 * - `reset`: the line breaks at the next thing that is said.
 * - `latency`: everything comes later by `ms`, in its order.
 */
export type Fault =
  | { kind: 'pass' }
  | { kind: 'swallow' }
  | { kind: 'half-open' }
  | { kind: 'reset' }
  | { kind: 'latency'; ms: number };

export interface FaultProxy {
  port: number;
  /** The fault of every line from now on, those that stand included; undefined lets `choose` speak again for new ones. */
  rule(fault: Fault | undefined): void;
  /** Breaks every line that stands. */
  cut(): void;
  /** Answers that were lost on the way back. */
  swallowed(): number;
  stop(): Promise<void>;
}

interface Line {
  fault: Fault;
  client: Socket;
  server: Socket;
  lost: boolean;
}

/** A TCP proxy in front of a local port that can harm the lines it carries, each in the way `choose` says when it opens. */
export const startFaultProxy = async (
  target: number,
  choose: () => Fault = () => ({ kind: 'pass' }),
): Promise<FaultProxy> => {
  const lines = new Set<Line>();
  let ruled: Fault | undefined;
  let swallowed = 0;

  const end = (line: Line) => {
    lines.delete(line);
    line.client.resetAndDestroy();
    line.server.resetAndDestroy();
  };

  const carry = (line: Line, to: Socket, piece: Buffer, answer: boolean) => {
    const { fault } = line;
    if (fault.kind === 'reset') return end(line);
    if (fault.kind === 'half-open') return;
    if (fault.kind === 'swallow' && answer) {
      if (!line.lost) swallowed++;
      line.lost = true;
      return;
    }
    const write = () => void (to.writable && to.write(piece));
    if (fault.kind === 'latency') setTimeout(write, fault.ms);
    else write();
  };

  const join = (client: Socket) => {
    const server = createConnection(target, '127.0.0.1');
    const line: Line = { fault: ruled ?? choose(), client, server, lost: false };
    lines.add(line);
    client.on('data', (piece) => carry(line, server, piece, false));
    server.on('data', (piece) => carry(line, client, piece, true));
    client.on('error', () => end(line)).on('close', () => end(line));
    // A caller whose answer was lost learns nothing from the other side's goodbye either.
    const silent = () => line.fault.kind === 'swallow' || line.fault.kind === 'half-open';
    server.on('error', () => silent() || end(line));
    server.on('close', () => {
      if (silent()) return;
      if (line.fault.kind === 'latency') setTimeout(() => end(line), line.fault.ms + 10);
      else client.end(() => end(line));
    });
  };

  const listener = createServer(join);
  await new Promise<void>((resolve) => void listener.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    for (const line of [...lines]) end(line);
  };
  return {
    port: (listener.address() as AddressInfo).port,
    rule(fault) {
      ruled = fault;
      if (fault) for (const line of lines) line.fault = fault;
    },
    cut,
    swallowed: () => swallowed,
    async stop() {
      cut();
      await new Promise<void>((resolve) => listener.close(() => resolve()));
    },
  };
};
