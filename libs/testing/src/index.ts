export { eventually } from './eventually';
export { freePort } from './free-port';
export { selfSigned } from './self-signed';
export { SmtpRefusal, sayToSmtp } from './smtp';
export { type TestScope, testScope } from './test-scope';
