// Starts one built service with a crash point. The hook is a parameter of `buildApp`: the product itself reads no such setting.
const { join } = require('node:path');
const { crashAt } = require('@throughline/bus');

const [service] = process.argv.slice(2);
const dist = join(__dirname, '..', '..', '..', 'services', service, 'dist');
const { buildApp } = require(join(dist, 'app.js'));
const { loadConfig } = require(join(dist, 'config.js'));

const { CRASH_AT, ...env } = process.env;
const app = Promise.resolve(buildApp(loadConfig(env), { crashPoint: crashAt(CRASH_AT) }));

process.once('SIGTERM', async () => {
  await (await app).stop();
  process.exit(0);
});
app
  .then((running) => running.start())
  .catch((error) => {
    console.error(error);
    process.exit(1);
  });
