import type { Telemetry } from '@throughline/telemetry';
import { createWebApp, rawBody } from '@throughline/web';
import type { Express } from 'express';
import type { PreferencesDeps } from './preferences-page';
import { preferencesPage } from './preferences-page';
import type { CallbackDeps } from './provider-callback';
import { providerCallback } from './provider-callback';
import { askToUnsubscribe, unsubscribe } from './unsubscribe';

const MOST_BYTES = 16 * 1024;

/** The door that needs no key: the links in messages, and providers that report. */
export const createDoor = (deps: PreferencesDeps & CallbackDeps & { telemetry: Telemetry }): Express =>
  createWebApp({
    telemetry: deps.telemetry,
    limits: { maxUrlLength: 1_000 },
    routes(app) {
      const body = rawBody(MOST_BYTES);
      app.get('/u/:token', askToUnsubscribe(deps));
      app.post('/u/:token', body, unsubscribe(deps));
      app.get('/p/:token', preferencesPage(deps));
      app.post('/p/:token', body, preferencesPage(deps));
      app.post('/callbacks/:token', body, providerCallback(deps));
    },
  });
