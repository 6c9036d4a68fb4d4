import type { Telemetry } from '@throughline/telemetry';
import { createWebApp } from '@throughline/web';
import type { Express, Response } from 'express';
import express from 'express';
import { absolutePath } from 'swagger-ui-dist';

export interface PagesDeps {
  telemetry: Telemetry;
  openApi: () => object;
  descriptors: () => Uint8Array;
  ready: () => Promise<string[]>;
}

const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Throughline API</title><link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" href="/docs/favicon-32x32.png"></head>
<body><div id="page"></div><script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body></html>
`;

const script = `window.ui = SwaggerUIBundle({ url: '/openapi.json', dom_id: '#page', deepLinking: true, persistAuthorization: true });
`;

const policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

const docs = (app: Express): void => {
  const page = (response: Response, type: string, body: string) =>
    void response.set('content-security-policy', policy).type(type).send(body);
  app.get('/docs', (_request, response) => page(response, 'html', html));
  app.get('/docs/start.js', (_request, response) => page(response, 'js', script));
  app.use('/docs', express.static(absolutePath(), { index: false, maxAge: '1d' }));
};

/** Everything outside the contract: description, documentation, probes. */
export const createPages = ({ telemetry, openApi, descriptors, ready }: PagesDeps): Express =>
  createWebApp({
    telemetry,
    routes: (app) => {
      let described: string | undefined;
      app.get('/', (_request, response) => response.redirect(302, '/docs'));
      app.get('/openapi.json', (_request, response) => {
        described ??= JSON.stringify(openApi());
        response.type('json').send(described);
      });
      app.get('/descriptor.binpb', (_request, response) => {
        response.type('application/x-protobuf').send(Buffer.from(descriptors()));
      });
      docs(app);
      app.get('/livez', (_request, response) => void response.type('text').send('ok\n'));
      app.get('/readyz', async (_request, response) => {
        const reasons = await ready();
        response.status(reasons.length === 0 ? 200 : 503).json({ ready: reasons.length === 0, reasons });
      });
      app.get('/metrics', async (_request, response) => {
        response.type('text/plain; version=0.0.4').send(await telemetry.metricsText());
      });
    },
  });
