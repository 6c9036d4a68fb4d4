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
  await client.db(process.argv[2]).collection('a').insertOne({}, { session });
  console.log('within');
  setInterval(() => undefined, 1_000);
})();
`;

it('a process killed within a transaction does not keep its databases', async () => {
  const { mongoUrl } = infra();
  const prefix = `drop${process.pid}${Date.now().toString(36)}-`;
  const client = await new mongo.MongoClient(mongoUrl).connect();
  await client.db(`${prefix}a`).collection('a').insertOne({});
  const child = spawn(process.execPath, ['-e', script, mongoUrl, `${prefix}a`], {
    cwd: __dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
  await dropDatabases(client, prefix);
  const { databases } = await client.db().admin().listDatabases({ nameOnly: true });
  expect(databases.filter(({ name }) => name.startsWith(prefix))).toEqual([]);
  await client.close();
}, 20_000);
