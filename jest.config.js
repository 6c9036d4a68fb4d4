// One file for all packages: a project per kind of test, so that `--selectProjects unit` stays quick.
// `LONG=1` adds the long ones (`npm run test:long`).

// Packages that ship only ES modules. jest cannot `require` those, so swc rewrites them on the way in.
const esOnly = [
  'jose',
  'postal-mime',
  'htmlparser2',
  'domhandler',
  'domutils',
  'domelementtype',
  'dom-serializer',
  'entities',
  'uuid',
  // Loads `os` by a dynamic import, which jest can only run when swc has turned it into a require.
  'mongodb',
];
const esOnlyNames = esOnly.map((name) => name.replace('/', '[+/]')).join('|');

const shared = {
  rootDir: __dirname,
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['throughline-source', 'node', 'require', 'default'] },
  transform: {
    '\\.(ts|tsx|js|mjs|cjs)$': [
      '@swc/jest',
      {
        swcrc: false,
        sourceMaps: 'inline',
        module: { type: 'commonjs' },
        jsc: { target: 'es2023', parser: { syntax: 'typescript', tsx: false }, keepClassNames: true },
      },
    ],
  },
  // pnpm nests packages twice (`node_modules/.pnpm/jose@6/node_modules/jose`): both levels must be let through.
  transformIgnorePatterns: [`/node_modules/(?!(?:\\.pnpm/)?(?:${esOnlyNames})[@/])`],
  modulePathIgnorePatterns: ['<rootDir>/.*/dist/', '<rootDir>/\\.local/'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/\\.local/'],
  clearMocks: true,
};

const packages = '<rootDir>/{libs/*,services/*,infra/local,proto}/test/**';
const notPlain = ['\\.(component|int|long|e2e)\\.test\\.tsx?$'];

const pure = (displayName, testMatch, ignore = []) => ({
  ...shared,
  displayName,
  testMatch,
  testPathIgnorePatterns: [...shared.testPathIgnorePatterns, ...ignore],
});

const project = (...args) => ({ ...pure(...args), ...infra });

// Finds or starts Kafka and MongoDB once for the whole run.
const infra = {
  globalSetup: '<rootDir>/infra/local/src/jest/global-setup.ts',
  globalTeardown: '<rootDir>/infra/local/src/jest/global-teardown.ts',
};

const long = process.env.LONG === '1' ? [] : ['\\.long\\.test\\.tsx?$'];

module.exports = {
  maxWorkers: 2,
  testSequencer: '<rootDir>/jest.sequencer.cjs',
  testTimeout: 30_000,
  projects: [
    project('unit', [`${packages}/*.test.ts`], notPlain),
    project('int', [`${packages}/*.int.test.ts`]),
    project('component', [`${packages}/*.component.test.ts`]),
    pure('architecture', ['<rootDir>/tests/architecture/**/*.test.ts'], ['/fixtures/']),
    {
      ...pure('kubernetes', ['<rootDir>/k8s/test/**/*.test.ts'], long),
      globalSetup: '<rootDir>/k8s/test/global-setup.ts',
    },
    project('conformance', ['<rootDir>/tests/adapter-conformance/**/*.test.ts'], long),
    project('e2e', ['<rootDir>/tests/e2e/**/*.test.ts'], long),
    project('resilience', ['<rootDir>/tests/resilience/**/*.test.ts'], long),
    project('load', ['<rootDir>/tests/load/**/*.test.ts'], long),
    ...(process.env.LONG === '1' ? [project('long', [`${packages}/*.long.test.ts`])] : []),
  ],
};
