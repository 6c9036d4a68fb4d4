import { spawn } from 'node:child_process';
import { mongo } from 'mongoose';
import { dropDatabases } from '../src/drop-databases';
import { infra } from '../src/infra';

const script = `
const { mongo } = require('mongoose');
(async () => {
  const client = await new mongo.MongoClient(process.argv[1]).connect();
  const session = client.startSession();
  session.startTransaction();
  await client.db(process.argv[2]).collection('a').updateOne({ _id: 'x' }, { $set: { n: 1 } }, { session });
  console.log('within');
  setInterval(() => undefined, 1_000);
})();
`;

const open = async () => {
  const { mongoUrl } = infra();
  const prefix = `drop${process.pid}${Date.now().toString(36)}-`;
  const client = await new mongo.MongoClient(mongoUrl).connect();
  const locked = client.db(`${prefix}a`).collection<{ _id: string; n?: number }>('a');
  await locked.insertOne({ _id: 'x' });
  const child = spawn(process.execPath, ['-e', script, mongoUrl, `${prefix}a`], {
    cwd: __dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
  return { client, prefix, locked };
};

describe('a process killed within a transaction', () => {
  it('does not keep its databases', async () => {
    const { client, prefix } = await open();
    await dropDatabases(client, prefix);
    const { databases } = await client.db().admin().listDatabases({ nameOnly: true });
    expect(databases.filter(({ name }) => name.startsWith(prefix))).toEqual([]);
    await client.close();
  }, 20_000);

  it('keeps what it locked for 15 s at most (P15)', async () => {
    const { client, prefix, locked } = await open();
    const started = Date.now();
    await locked.updateOne({ _id: 'x' }, { $set: { n: 2 } });
    const waited = Date.now() - started;
    console.info(`waited ${waited} ms`);
    expect(waited).toBeGreaterThan(1_000);
    expect(waited).toBeLessThan(17_000);
    await dropDatabases(client, prefix);
    await client.close();
  }, 120_000);
});
