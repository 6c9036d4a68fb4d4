import { bootstrap } from './bootstrap.mjs';

bootstrap('tests/load/dist/main.js');
