import type { Endpoint, EndpointCommand, EndpointEvent } from '../../src/domain/webhooks/endpoint';
import { activeSecrets, decide, evolve } from '../../src/domain/webhooks/endpoint';

const HOUR = 3_600_000;
const patience = { noticeMs: 24 * HOUR, disableMs: 72 * HOUR };
const wishes = { url: 'https://a.example/hook', description: '', eventTypes: [] };
const secret = (id: string, createdAt = 0) => ({ id, sealed: `sealed ${id}`, createdAt });

const after = (...commands: EndpointCommand[]): { endpoint: Endpoint; events: EndpointEvent[] } => {
  let endpoint: Endpoint | undefined;
  let events: EndpointEvent[] = [];
  for (const command of commands) {
    events = decide(endpoint, command);
    for (const event of events) endpoint = evolve(endpoint, event);
  }
  return { endpoint: endpoint!, events };
};
const created: EndpointCommand = { type: 'create', at: 0, id: 'e1', wishes, secret: secret('s1') };
const failed = (at: number): EndpointCommand => ({ type: 'failed', at, failure: 'HTTP 500', patience });
const names = (...commands: EndpointCommand[]): string[] => after(...commands).events.map(({ type }) => type);

describe('an endpoint that fails', () => {
  it('is noticed after a day and disabled after three, each once', () => {
    const day = (n: number) => failed(n * 24 * HOUR + 1);
    expect(names(created, failed(1))).toEqual(['failureBegan']);
    expect(names(created, failed(1), failed(24 * HOUR))).toEqual([]);
    expect(names(created, failed(1), day(1))).toEqual(['noticed']);
    expect(names(created, failed(1), day(1), day(2))).toEqual([]);
    const { endpoint, events } = after(created, failed(1), day(1), day(3));
    expect(events).toMatchObject([{ type: 'disabled', automatic: true, reason: expect.stringContaining('HTTP 500') }]);
    expect(endpoint).toMatchObject({ state: 'disabled', disabledReason: expect.stringContaining('1970-01-01') });
    expect(names(created, failed(1), day(1), day(3), day(4))).toEqual([]);
  });

  it('starts anew with each success', () => {
    const commands = [created, failed(1), { type: 'succeeded', at: 70 * HOUR } as const];
    expect(after(...commands).endpoint.failingSince).toBeUndefined();
    expect(names(...commands, failed(80 * HOUR))).toEqual(['failureBegan']);
    expect(names(created, { type: 'succeeded', at: 5 })).toEqual([]);
    const noticed = after(created, failed(1), failed(25 * HOUR), { type: 'succeeded', at: 26 * HOUR });
    expect(noticed.events).toEqual([{ type: 'recovered', at: 26 * HOUR, afterNotice: true }]);
  });

  it('is disabled at once when the receiver is gone, and healthy when it is enabled again', () => {
    expect(after(created, { type: 'gone', at: 9 }).endpoint).toMatchObject({ state: 'disabled' });
    const again = after(created, failed(1), { type: 'gone', at: 9 }, { type: 'enable', at: 10 }).endpoint;
    expect(again).toMatchObject({ state: 'enabled', disabledReason: '', noticed: false, failingSince: undefined });
  });
});

describe('secrets', () => {
  const rotate = (at: number, id: string, overlapMs: number): EndpointCommand => ({
    type: 'rotate',
    at,
    secret: secret(id, at),
    overlapMs,
  });
  const active = (endpoint: Endpoint, at: number) => activeSecrets(endpoint, at).map(({ id }) => id);

  it('two are active while they overlap, newest first, then one', () => {
    const { endpoint } = after(created, rotate(100, 's2', 50));
    expect(active(endpoint, 149)).toEqual(['s2', 's1']);
    expect(active(endpoint, 150)).toEqual(['s2']);
  });

  it('a third waits for the end of the overlap, unless all others shall end', () => {
    expect(() => after(created, rotate(100, 's2', 50), rotate(120, 's3', 50))).toThrow('two secrets are active until');
    expect(active(after(created, rotate(100, 's2', 50), rotate(150, 's3', 50)).endpoint, 160)).toEqual(['s3', 's2']);
    expect(active(after(created, rotate(100, 's2', 50), rotate(120, 's3', 0)).endpoint, 120)).toEqual(['s3']);
  });

  it('end with the endpoint', () => {
    expect(after(created, { type: 'delete', at: 5 }).endpoint).toMatchObject({ state: 'deleted', secrets: [] });
  });
});

describe('changes', () => {
  it('count versions and refuse a stale one', () => {
    const replace = (expected: number): EndpointCommand => ({ type: 'replace', at: 5, wishes, expected });
    expect(after(created, replace(1)).endpoint.revision).toBe(2);
    expect(() => after(created, replace(1), replace(1))).toThrow('the latest version is 2');
  });

  it('that change nothing are no events', () => {
    expect(names(created, { type: 'enable', at: 5 })).toEqual([]);
    const off: EndpointCommand = { type: 'disable', at: 5, reason: 'holiday' };
    expect(names(created, off, off)).toEqual([]);
  });

  it('of what is not there, or taken, are refused', () => {
    expect(() => decide(undefined, { type: 'enable', at: 1 })).toThrow('there is no such webhook endpoint');
    expect(() => after(created, { type: 'delete', at: 1 }, { type: 'enable', at: 2 })).toThrow('there is no such');
    expect(() => after(created, { type: 'delete', at: 1 }, created)).toThrow('is or was the id of one');
  });
});
