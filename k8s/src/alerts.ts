import { stringify } from 'yaml';
import type { Slo } from './slos';
import { burns, slos, windows } from './slos';

type Rule = {
  record?: string;
  alert?: string;
  expr: string;
  for?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
};
export type Group = { name: string; rules: Rule[] };

const kebab = (name: string): string => name.replace(/([a-z])([A-Z])/g, '$1-$2').toLowerCase();

/** The page that says what to do. */
export const runbookOf = (alert: string): string => `docs/runbooks/${kebab(alert)}.md`;

const ratioOf = ({ alert }: Slo, window: string): string =>
  `throughline:slo_errors:ratio_rate${window}{slo="${alert}"}`;
const percent = (share: number): string => `${Number((share * 100).toFixed(3))} %`;

const recordings = (slo: Slo): Rule[] =>
  windows.map((window) => ({
    record: `throughline:slo_errors:ratio_rate${window}`,
    // No event is no error: an idle night must neither fire nor hide.
    expr: `((${slo.bad(window)}) / (${slo.all(window)} > 0)) or vector(0)`,
    labels: { slo: slo.alert },
  }));

const burnAlerts = (slo: Slo): Rule[] =>
  burns.map(({ severity, factor, long, short, wait, means }) => {
    const limit = `${factor} * ${Number((1 - slo.objective).toFixed(6))}`;
    return {
      alert: slo.alert,
      expr: `${ratioOf(slo, long)} > ${limit} and ${ratioOf(slo, short)} > ${limit}`,
      for: wait,
      labels: { severity, burn: `${factor}x` },
      annotations: {
        summary: `Promise: ${slo.about}. It is broken faster than ${percent(slo.objective)} allows.`,
        description: `{{ $value | humanizePercentage }} over ${long}: ${means}.`,
        runbook: runbookOf(slo.alert),
      },
    };
  });

type Cause = { alert: string; expr: string; wait: string; severity: 'page' | 'ticket'; summary: string };

const ours = '{service=~"gateway|conversation|journey|routing|sla|feedback|notification|channel-.*"}';

// What breaks a promise soon, or what no promise would show.
const causes: Cause[] = [
  {
    alert: 'ServiceDown',
    // A pod that is gone has no series at all: who answered ten minutes ago and does not now.
    expr: `count by (service) (up${ours} offset 10m) unless count by (service) (up${ours} == 1)`,
    wait: '1m',
    severity: 'page',
    summary: 'No process of {{ $labels.service }} answers.',
  },
  {
    alert: 'InstanceDown',
    expr: `up${ours} == 0`,
    wait: '5m',
    severity: 'ticket',
    summary: '{{ $labels.service }} ({{ $labels.instance }}) does not answer.',
  },
  {
    alert: 'ConsumerStuck',
    expr: 'sum by (group) (throughline_bus_lag) > 0 and sum by (group) (rate(throughline_bus_events_consumed_total[5m])) == 0',
    wait: '5m',
    severity: 'page',
    summary: 'Group {{ $labels.group }} is behind and takes nothing.',
  },
  {
    alert: 'LagGrowing',
    expr: 'sum by (group) (throughline_bus_lag) > 20000 and deriv(sum by (group) (throughline_bus_lag)[10m:1m]) > 0',
    wait: '10m',
    severity: 'ticket',
    summary: 'Group {{ $labels.group }} is {{ $value }} messages behind, and falls further back.',
  },
  {
    alert: 'DeadLetters',
    expr: 'sum by (group, topic) (increase(throughline_bus_events_dead_total[15m])) > 0',
    wait: '0m',
    severity: 'ticket',
    summary:
      '{{ $value }} messages of {{ $labels.topic }} went to the dead letters of {{ $labels.group }}; their keys wait.',
  },
  {
    alert: 'OutboxStuck',
    expr: 'max by (collection) (throughline_store_outbox_age) > 60',
    wait: '2m',
    severity: 'page',
    summary: 'Events of {{ $labels.collection }} are saved and not published for {{ $value | humanizeDuration }}.',
  },
  {
    alert: 'AuditNotSealed',
    expr: 'max(throughline_gateway_audit_records_age) > 60',
    wait: '2m',
    severity: 'ticket',
    summary: 'An audit record waits to be sealed for {{ $value | humanizeDuration }}.',
  },
  {
    alert: 'GatewayErrors',
    expr: 'sum(rate(http_server_request_duration_count{http_response_status_code=~"5..",service="gateway"}[5m])) / (sum(rate(http_server_request_duration_count{service="gateway"}[5m])) > 0) > 0.01',
    wait: '5m',
    severity: 'page',
    summary: '{{ $value | humanizePercentage }} of REST calls fail on our side.',
  },
  {
    alert: 'EventLoopBusy',
    expr: 'nodejs_eventloop_utilization > 0.9',
    wait: '10m',
    severity: 'ticket',
    summary: '{{ $labels.service }} ({{ $labels.instance }}) has used its core for ten minutes.',
  },
  {
    alert: 'ShardsMoving',
    expr: 'sum(increase(throughline_routing_shards_lost_total[15m])) > 3',
    wait: '0m',
    severity: 'ticket',
    summary: 'Shards of routing changed their process {{ $value }} times in 15 minutes without a roll-out.',
  },
  {
    alert: 'MailNotSent',
    expr: 'sum(rate(throughline_email_sends_settled_total{state!="sent"}[15m])) / (sum(rate(throughline_email_sends_settled_total[15m])) > 0) > 0.2',
    wait: '10m',
    severity: 'ticket',
    summary: '{{ $value | humanizePercentage }} of attempts to send a mail did not end in `sent`.',
  },
  {
    alert: 'SignaturesRefused',
    expr: 'sum(rate(throughline_voice_webhooks_refused_total{reason="SIGNATURE_INVALID"}[5m])) > 0.2',
    wait: '5m',
    severity: 'ticket',
    summary:
      'Webhooks of the telephony provider fail their signature: a changed secret, a changed URL, or somebody else.',
  },
];

const causeAlert = ({ alert, expr, wait, severity, summary }: Cause): Rule => ({
  alert,
  expr,
  for: wait,
  labels: { severity },
  annotations: { summary, runbook: runbookOf(alert) },
});

export const alertNames = (): string[] => [...slos, ...causes].map(({ alert }) => alert);

export const ruleGroups = (): Group[] => [
  ...slos.map((slo) => ({ name: `slo-${kebab(slo.alert)}`, rules: [...recordings(slo), ...burnAlerts(slo)] })),
  { name: 'causes', rules: causes.map(causeAlert) },
];

/** Rules as Prometheus reads them from a file. */
export const rulesFile = (): string =>
  `# Made by \`npm run k8s -- render\` from k8s/src/slos.ts and k8s/src/alerts.ts. Do not edit: a test compares them.\n${stringify({ groups: ruleGroups() }, { lineWidth: 0 })}`;
