import { bootstrap } from './bootstrap.mjs';

bootstrap('infra/local/dist/cli/contract-release.js');
