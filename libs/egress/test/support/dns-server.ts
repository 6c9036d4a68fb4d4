import { createSocket } from 'node:dgram';
import type { AddressInfo } from 'node:net';
import { addressBytes } from '../../src/address';

/** Answers for one name, one list of addresses per question asked; the last list stays. */
export type Zone = Record<string, string[][]>;

const A = 1;
const AAAA = 28;

const nameOf = (query: Buffer): { name: string; type: number; end: number } => {
  const labels: string[] = [];
  let at = 12;
  while (query[at]! > 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + query[at]!));
    at += query[at]! + 1;
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
};

const answerOf = (query: Buffer, addresses: string[] | undefined): Buffer => {
  const { type, end } = nameOf(query);
  const wanted = (addresses ?? [])
    .map((text) => addressBytes(text)!)
    .filter(({ length }) => length === (type === A ? 4 : 16));
  const head = Buffer.from(query.subarray(0, 12));
  head.writeUInt16BE(addresses ? 0x8180 : 0x8183, 2);
  head.writeUInt16BE(wanted.length, 6);
  head.writeUInt32BE(0, 8);
  const records = wanted.map((bytes) => {
    const record = Buffer.alloc(12);
    record.writeUInt16BE(0xc00c, 0);
    record.writeUInt16BE(type, 2);
    record.writeUInt16BE(1, 4);
    record.writeUInt16BE(bytes.length, 10);
    return Buffer.concat([record, Buffer.from(bytes)]);
  });
  return Buffer.concat([head, query.subarray(12, end), ...records]);
};

/** A real DNS server on loopback whose answers have no time to live, as an attacker would run it. */
export const startDnsServer = async (zone: Zone) => {
  const socket = createSocket('udp4');
  const asked: string[] = [];
  socket.on('message', (query, from) => {
    const { name, type } = nameOf(query);
    if (type !== A && type !== AAAA) return;
    const turn = asked.filter((entry) => entry === `${name}/${type}`).length;
    asked.push(`${name}/${type}`);
    const lists = zone[name];
    if (lists?.length === 0) return; // a name whose server keeps silent
    socket.send(answerOf(query, lists?.[Math.min(turn, lists.length - 1)]), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(socket.address() as AddressInfo).port}`,
    asked: (name: string) => asked.filter((entry) => entry.startsWith(`${name}/`)).length,
    stop: () => new Promise<void>((resolve) => socket.close(() => resolve())),
  };
};
