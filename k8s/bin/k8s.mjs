import { bootstrap } from '../../infra/local/bin/bootstrap.mjs';

bootstrap('k8s/dist/cli.js');
