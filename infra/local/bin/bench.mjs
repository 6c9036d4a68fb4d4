import { bootstrap } from './bootstrap.mjs';

// Measuring must not take both cores when it collects its own garbage.
bootstrap('tests/load/dist/main.js', ['--v8-pool-size=1']);
