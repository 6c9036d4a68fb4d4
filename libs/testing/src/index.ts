export { eventually } from './eventually';
export { type TestScope, testScope } from './test-scope';
