// The arrows of the architecture. Each rule has a fixture under tests/architecture/fixtures that must break it, so a
// rule that matches nothing is noticed. Paths are not anchored at the start, because the fixtures repeat the tree.
const service = '(^|/)services/([^/]+)/src/';
const own = 'services/$2/src/';
const test = '(^|/)(libs|services|infra|proto)/[^/]+/test/';
const npm = (...names) => `(^|/)(${names.join('|')})($|/)`;
const pieces = (...names) => names.map((name) => `${own}${name}`);
// Hashing is a pure function of its input; the purity test forbids the random half of it.
const core = ['(^|/)libs/core/', '^@throughline/core$', '^(node:)?crypto$'];

/** Files of one layer may reach only the listed places (and nothing of npm or Node unless listed). */
const layer = (name, comment, from, allowed) => ({
  name,
  comment,
  severity: 'error',
  from: { path: `${service}${from}` },
  to: { pathNot: [...pieces(...allowed), ...core] },
});

const only = (name, comment, packages, places) => ({
  name,
  comment,
  severity: 'error',
  from: { pathNot: [test, '(^|/)tests/(?!architecture/fixtures)', 'node_modules/', ...places] },
  to: { path: npm(...packages) },
});

module.exports = {
  forbidden: [
    {
      name: 'no-circle',
      comment: 'Two files that need each other are one file, or miss a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'service-imports-no-service',
      comment: 'Services share only proto/ and libs/.',
      severity: 'error',
      from: { path: '(^|/)services/([^/]+)/' },
      to: { path: ['(^|/)services/(?!$2/)[^/]+/'] },
    },
    {
      name: 'lib-imports-no-service',
      comment: 'libs/ is mechanism and knows no business.',
      severity: 'error',
      from: { path: '(^|/)libs/' },
      to: { path: '(^|/)(services|infra)/', pathNot: '(^|/)infra/local/' },
    },
    {
      name: 'core-stands-alone',
      comment: 'libs/core has no I/O: no other library and nothing of Node but hashing.',
      severity: 'error',
      from: { path: '(^|/)libs/core/src/' },
      to: { pathNot: ['libs/core/src/', npm('libphonenumber-js', 'uuid'), '^(node:)?(crypto|url)$'] },
    },
    layer('domain-is-pure', 'domain/ reaches itself and libs/core only.', 'domain/', ['domain/']),
    {
      name: 'use-cases-know-ports-only',
      comment: 'use-cases/ ask the world through ports.ts, never through an adapter or a wire type.',
      severity: 'error',
      from: { path: `${service}use-cases/` },
      to: {
        path: [
          ...pieces('inbound/', 'outbound/', 'contract/', 'app', 'main', 'config'),
          '(^|/)(libs|proto)/',
          '^@throughline/',
          npm('mongoose', 'mongodb', 'express', 'kafkajs'),
        ],
        pathNot: core,
      },
    },
    {
      name: 'inbound-not-outbound',
      comment: 'Inbound adapters reach the world through use-cases and ports.',
      severity: 'error',
      from: { path: `${service}inbound/` },
      to: { path: pieces('outbound/', 'app', 'main') },
    },
    {
      name: 'outbound-not-inbound',
      comment: 'Outbound adapters implement ports and call nobody back.',
      severity: 'error',
      from: { path: `${service}outbound/` },
      to: { path: pieces('inbound/', 'app', 'main') },
    },
    {
      name: 'contract-only-translates',
      comment: 'contract/ turns domain into wire types and back for both sides; it knows neither of them.',
      severity: 'error',
      from: { path: `${service}contract/` },
      to: { path: pieces('inbound/', 'outbound/', 'use-cases/', 'app', 'main', 'config') },
    },
    {
      name: 'settings-are-handed-in',
      comment: 'Adapters get values from app.ts; of config.ts they may know the type alone.',
      severity: 'error',
      from: { path: [`${service}(inbound|outbound|use-cases|domain)/`] },
      to: { path: pieces('config'), dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'main-only-starts',
      comment: 'main.ts loads the settings, builds the app and runs it.',
      severity: 'error',
      from: { path: `${service}main` },
      to: { path: pieces('domain/', 'use-cases/', 'inbound/', 'outbound/') },
    },
    {
      name: 'package-has-one-door',
      comment: 'Only index.ts of a library is public.',
      severity: 'error',
      from: { path: '(^|/)(libs|services|tests|infra)/([^/]+)/' },
      to: { path: '(^|/)libs/[^/]+/src/', pathNot: ['(^|/)libs/[^/]+/src/index', '(^|/)$2/$3/'] },
    },
    only(
      'kafkajs-in-bus-only',
      'A faster client can replace it when one package knows it.',
      ['kafkajs'],
      ['(^|/)libs/bus/', '(^|/)infra/local/'],
    ),
    only(
      'mongo-in-store-and-outbound-only',
      'Documents are a detail of outbound/.',
      ['mongoose', 'mongodb'],
      ['(^|/)libs/(store|testing)/', '/src/outbound/', '(^|/)infra/local/'],
    ),
    only(
      'grpc-in-rpc-only',
      'Deadlines, validation and status are decided in one place.',
      ['@grpc/grpc-js'],
      ['(^|/)libs/rpc/', '(^|/)services/gateway/', '(^|/)proto/'],
    ),
    only(
      'http-client-in-egress-only',
      'One path that forgets to check an address is enough to reach what is inside.',
      ['undici', 'axios', 'got', 'ky', 'needle', 'superagent', 'node-fetch', 'cross-fetch', 'request', 'eventsource'],
      ['(^|/)libs/egress/', '(^|/)infra/local/'],
    ),
    {
      name: 'sockets-in-libs-only',
      comment: 'Services open no connections; of the listening side they may know the types.',
      severity: 'error',
      from: { path: '(^|/)(services|libs)/[^/]+/src/', pathNot: '(^|/)libs/(egress|bus|web|telemetry|testing)/' },
      to: { path: '^(node:)?(http|https|http2|net|tls|dgram|dns|dns/promises)$', dependencyTypesNot: ['type-only'] },
    },
    only(
      'express-in-web-only',
      'HTTP is a detail of inbound/http.',
      ['express'],
      ['(^|/)libs/web/', '(^|/)services/gateway/', '/src/inbound/http/'],
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|gen|\\.local)/|\\.tmp\\.ts$' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['throughline-source', 'node', 'require', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};
