export { type ListenOptions, listen, type WebServer } from './listen';
export {
  HttpProblem,
  httpProblem,
  type Problem,
  type ProblemAnswer,
  type ProblemDetails,
  problemFor,
  problemOf,
  sendProblem,
  statusOf,
} from './problem';
export { readBody } from './read-body';
export { defaultJsonLimits, type JsonLimits, parseStrictJson } from './strict-json';
export { createWebApp, rawBody, type WebAppOptions, type WebLimits } from './web-app';
