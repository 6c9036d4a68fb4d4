import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { httpProblem } from '@throughline/web';
import type { Express, Request, RequestHandler } from 'express';
import type { VisitorTokens } from '../../use-cases/ports';

// Beside src and dist alike.
const folder = join(__dirname, '..', '..', '..', 'public');
const file = (name: string) => readFileSync(join(folder, name), 'utf8');

export interface PagesOptions {
  tokens: VisitorTokens;
  anonymous: boolean;
  now: () => number;
}

const newSession =
  ({ tokens, anonymous, now }: PagesOptions): RequestHandler =>
  async (request: Request, response) => {
    if (!anonymous)
      throw httpProblem(403, 'ANONYMOUS_NOT_ALLOWED', 'This installation takes signed visitor tokens only.');
    const tenant = request.query['tenant'];
    const token = typeof tenant === 'string' ? await tokens.anonymous(tenant, now()) : undefined;
    if (!token) throw httpProblem(404, 'TENANT_UNKNOWN', 'tenant: is none of this installation');
    // The widget lives on the integrators' own pages.
    response.set('access-control-allow-origin', '*').set('cache-control', 'no-store').json({ token });
  };

/** The widget, a page that shows it, and tokens for visitors nobody vouches for. */
export const mountPages = (app: Express, options: PagesOptions): void => {
  const widget = file('widget.js');
  const demo = file('demo.html');
  app.get(
    '/widget.js',
    (_request, response) =>
      void response.set('cache-control', 'public, max-age=300').type('text/javascript').send(widget),
  );
  app.get(
    '/demo',
    (_request, response) =>
      void response
        .set(
          'content-security-policy',
          "default-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self' ws: wss:",
        )
        .type('html')
        .send(demo),
  );
  app.post('/chat/v1/sessions', newSession(options));
};
