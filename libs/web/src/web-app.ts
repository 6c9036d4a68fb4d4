import type { Telemetry } from '@throughline/telemetry';
import type { ErrorRequestHandler, Express, RequestHandler } from 'express';
import express from 'express';
import { httpProblem, problemFor, sendProblem } from './problem';

export interface WebLimits {
  /** Bytes of a body; 256 KiB by default. */
  maxBodyBytes?: number;
  maxUrlLength?: number;
}

export interface WebAppOptions {
  telemetry: Pick<Telemetry, 'log' | 'meter'>;
  limits?: WebLimits;
  /** Adds the routes; what is mounted here comes before the 404. */
  routes: (app: Express) => void;
}

const observe = ({ telemetry }: WebAppOptions): RequestHandler => {
  const duration = telemetry.meter.createHistogram('http.server.request.duration', {
    unit: 's',
    advice: { explicitBucketBoundaries: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] },
  });
  return (request, response, next) => {
    const started = performance.now();
    response.on('finish', () => {
      const ms = performance.now() - started;
      // The pattern, never the path: paths hold ids, and ids must not become metric labels.
      const route = String(request.route?.path ?? 'unmatched');
      const { method } = request;
      const status = response.statusCode;
      const labels = { 'http.request.method': method, 'http.route': route, 'http.response.status_code': status };
      duration.record(ms / 1000, labels);
      telemetry.log[status >= 500 ? 'warn' : 'debug']({ method, route, status, ms: Math.round(ms) }, 'http request');
    });
    next();
  };
};

const guard =
  (maxUrlLength: number): RequestHandler =>
  (request, response, next) => {
    response.setHeader('x-content-type-options', 'nosniff');
    if (request.url.length <= maxUrlLength) return next();
    next(httpProblem(414, 'URL_TOO_LONG', `The URL has at most ${maxUrlLength} characters.`));
  };

const answerError =
  ({ telemetry }: WebAppOptions): ErrorRequestHandler =>
  (error, _request, response, _next) => {
    const problem = problemFor(error);
    // The error itself, not the request: requests carry what customers wrote.
    if (problem.problem.status >= 500) telemetry.log.error({ err: error }, 'an http request failed');
    sendProblem(response, problem);
  };

/** An Express 5 app with limits, problem+json for every error, and an access log without personal data. */
export const createWebApp = (options: WebAppOptions): Express => {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.set('trust proxy', false);
  app.use(observe(options), guard(options.limits?.maxUrlLength ?? 8_192));
  options.routes(app);
  app.use((request, _response, next) => {
    next(httpProblem(404, 'NOT_FOUND', `Nothing is here: ${request.method} ${request.path.slice(0, 200)}`));
  });
  app.use(answerError(options));
  return app;
};

/** Raw bytes of the body, for signatures that cover them, within the limit. */
export const rawBody = (maxBodyBytes = 256 * 1024): RequestHandler =>
  express.raw({ type: () => true, limit: maxBodyBytes, inflate: false });
