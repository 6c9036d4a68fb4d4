export { eventually } from './eventually';
export { selfSigned } from './self-signed';
export { type TestScope, testScope } from './test-scope';
