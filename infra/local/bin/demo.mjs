import { bootstrap } from './bootstrap.mjs';

bootstrap('tests/e2e/dist/demo.js');
