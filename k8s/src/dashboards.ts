type Panel = { title: string; unit: string; queries: [expression: string, legend: string][]; about?: string };
type Row = { title: string; panels: Panel[] };
type Board = { uid: string; title: string; rows: Row[] };

const p = (quantile: number, series: string, by: string, filter = ''): string =>
  `histogram_quantile(${quantile}, sum by (le, ${by}) (rate(${series}_bucket${filter ? `{${filter}}` : ''}[$__rate_interval])))`;
const rate = (series: string, by: string): string => `sum by (${by}) (rate(${series}[$__rate_interval]))`;

const boards: Board[] = [
  {
    uid: 'throughline-promises',
    title: 'Throughline: promises',
    rows: [
      {
        title: 'Error budgets: 1 is a month of budget used in a month',
        panels: [
          {
            title: 'Burn over 1 h',
            unit: 'none',
            queries: [
              ['throughline:slo_errors:ratio_rate1h{slo="IntakeNotAcknowledged"} / 0.001', 'intake'],
              ['throughline:slo_errors:ratio_rate1h{slo="TimelineBehind"} / 0.01', 'timeline'],
              ['throughline:slo_errors:ratio_rate1h{slo="OffersSlow"} / 0.005', 'offers'],
              ['throughline:slo_errors:ratio_rate1h{slo="TimersLate"} / 0.01', 'timers'],
            ],
          },
          {
            title: 'Burn over 3 d',
            unit: 'none',
            queries: [
              ['throughline:slo_errors:ratio_rate3d{slo="IntakeNotAcknowledged"} / 0.001', 'intake'],
              ['throughline:slo_errors:ratio_rate3d{slo="TimelineBehind"} / 0.01', 'timeline'],
              ['throughline:slo_errors:ratio_rate3d{slo="OffersSlow"} / 0.005', 'offers'],
              ['throughline:slo_errors:ratio_rate3d{slo="TimersLate"} / 0.01', 'timers'],
            ],
          },
        ],
      },
      {
        title: 'What customers and agents feel',
        panels: [
          {
            title: 'Intake: arrival to acknowledged, p99',
            unit: 's',
            queries: [[p(0.99, 'throughline_intake_acknowledgement_duration', 'channel'), '{{channel}}']],
          },
          {
            title: 'Timeline: published to readable, p50 and p99',
            unit: 's',
            queries: [
              [p(0.5, 'throughline_bus_delivery_age', 'group', 'group="journey"'), 'p50'],
              [p(0.99, 'throughline_bus_delivery_age', 'group', 'group="journey"'), 'p99'],
            ],
          },
          {
            title: 'Offers: time to durable, p99',
            unit: 'ms',
            queries: [
              [
                'histogram_quantile(0.99, sum by (le) (rate(throughline_routing_offers_duration_bucket[$__rate_interval])))',
                'p99',
              ],
            ],
          },
          {
            title: 'Timers: lateness, p99',
            unit: 'ms',
            queries: [
              [
                'histogram_quantile(0.99, sum by (le) (rate(throughline_sla_timers_lateness_bucket[$__rate_interval])))',
                'p99',
              ],
            ],
          },
        ],
      },
    ],
  },
  {
    uid: 'throughline-flow',
    title: 'Throughline: flow of events',
    rows: [
      {
        title: 'In',
        panels: [
          {
            title: 'Contacts',
            unit: 'cps',
            queries: [
              [
                rate('throughline_intake_acknowledgement_duration_count', 'channel, outcome'),
                '{{channel}} {{outcome}}',
              ],
            ],
          },
          {
            title: 'Mails refused or put off',
            unit: 'cps',
            queries: [[rate('throughline_email_mails_refused_total', 'code'), '{{code}}']],
          },
          { title: 'Sockets of visitors', unit: 'none', queries: [['sum(throughline_chat_sockets_open)', 'open']] },
        ],
      },
      {
        title: 'Through Kafka',
        panels: [
          { title: 'Lag', unit: 'none', queries: [['sum by (group) (throughline_bus_lag)', '{{group}}']] },
          {
            title: 'Events with their effect',
            unit: 'cps',
            queries: [[rate('throughline_bus_events_consumed_total', 'group'), '{{group}}']],
          },
          {
            title: 'Age when the effect is committed, p99',
            unit: 's',
            queries: [[p(0.99, 'throughline_bus_delivery_age', 'group'), '{{group}}']],
          },
          {
            title: 'Dead letters',
            unit: 'none',
            queries: [
              ['sum by (group, topic) (increase(throughline_bus_events_dead_total[1h]))', '{{group}} {{topic}}'],
            ],
          },
          {
            title: 'Batch: time from taking to committed, p99',
            unit: 'ms',
            queries: [[p(0.99, 'throughline_bus_batch_duration', 'group'), '{{group}}']],
          },
          {
            title: 'Saved and not published',
            unit: 's',
            queries: [['max by (collection) (throughline_store_outbox_age)', '{{collection}}']],
          },
        ],
      },
      {
        title: 'Out',
        panels: [
          {
            title: 'Rows of timelines',
            unit: 'cps',
            queries: [['sum(rate(throughline_journey_entries_recorded_total[$__rate_interval]))', 'rows']],
          },
          {
            title: 'Offers',
            unit: 'cps',
            queries: [['sum(rate(throughline_routing_offers_made_total[$__rate_interval]))', 'offers']],
          },
          {
            title: 'Timers fired',
            unit: 'cps',
            queries: [['sum(rate(throughline_sla_timers_fired_total[$__rate_interval]))', 'fired']],
          },
          {
            title: 'Mails sent',
            unit: 'cps',
            queries: [[rate('throughline_email_sends_settled_total', 'state'), '{{state}}']],
          },
        ],
      },
    ],
  },
  {
    uid: 'throughline-services',
    title: 'Throughline: services',
    rows: [
      {
        title: 'Calls',
        panels: [
          {
            title: 'REST by status',
            unit: 'cps',
            queries: [
              [
                rate('http_server_request_duration_count', 'service, http_response_status_code'),
                '{{service}} {{http_response_status_code}}',
              ],
            ],
          },
          {
            title: 'REST p99 by route',
            unit: 's',
            queries: [[p(0.99, 'http_server_request_duration', 'http_route', 'service="gateway"'), '{{http_route}}']],
          },
          {
            title: 'gRPC p99 by method',
            unit: 'ms',
            queries: [[p(0.99, 'rpc_server_call_duration', 'rpc_method'), '{{rpc_method}}']],
          },
          {
            title: 'gRPC errors',
            unit: 'cps',
            queries: [
              [
                'sum by (rpc_method, rpc_grpc_status_code) (rate(rpc_server_call_duration_count{rpc_grpc_status_code=~"2|4|8|13|14"}[$__rate_interval]))',
                '{{rpc_method}} {{rpc_grpc_status_code}}',
              ],
            ],
          },
        ],
      },
      {
        title: 'Processes',
        panels: [
          {
            title: 'CPU',
            unit: 'percentunit',
            queries: [[rate('process_cpu_time_total', 'service, instance'), '{{service}} {{instance}}']],
          },
          { title: 'Memory', unit: 'bytes', queries: [['process_memory_usage', '{{service}} {{instance}}']] },
          { title: 'Heap', unit: 'bytes', queries: [['nodejs_heap_used', '{{service}} {{instance}}']] },
          {
            title: 'Event loop',
            unit: 'percentunit',
            queries: [['nodejs_eventloop_utilization', '{{service}} {{instance}}']],
          },
        ],
      },
    ],
  },
];

const datasource = { type: 'prometheus', uid: `$${'{datasource}'}` };

const panelJson = ({ title, unit, queries, about }: Panel, id: number, x: number, y: number, w: number) => ({
  id,
  title,
  ...(about ? { description: about } : {}),
  type: 'timeseries',
  datasource,
  gridPos: { x, y, w, h: 8 },
  fieldConfig: { defaults: { unit, min: 0, custom: { fillOpacity: 8, showPoints: 'never' } }, overrides: [] },
  options: {
    legend: { displayMode: 'table', placement: 'bottom', calcs: ['lastNotNull', 'max'] },
    tooltip: { mode: 'multi' },
  },
  targets: queries.map(([expr, legendFormat], i) => ({
    refId: String.fromCharCode(65 + i),
    datasource,
    expr,
    legendFormat,
  })),
});

const boardJson = ({ uid, title, rows }: Board) => {
  const panels: object[] = [];
  let y = 0;
  let id = 1;
  for (const row of rows) {
    panels.push({
      id: id++,
      type: 'row',
      title: row.title,
      collapsed: false,
      gridPos: { x: 0, y: y++, w: 24, h: 1 },
      panels: [],
    });
    row.panels.forEach((panel, i) => {
      panels.push(panelJson(panel, id++, (i % 2) * 12, y + Math.floor(i / 2) * 8, 12));
    });
    y += Math.ceil(row.panels.length / 2) * 8;
  }
  return {
    uid,
    title,
    tags: ['throughline'],
    schemaVersion: 39,
    editable: true,
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    templating: { list: [{ name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Prometheus' }] },
    panels,
  };
};

/** Dashboards by file name. */
export const dashboardFiles = (): Map<string, string> =>
  new Map(boards.map((board) => [`${board.uid}.json`, `${JSON.stringify(boardJson(board), null, 2)}\n`]));

/** Every expression that a dashboard asks, with what its lines are called. */
export const dashboardQueries = (): { expr: string; legend: string }[] =>
  boards.flatMap(({ rows }) =>
    rows.flatMap(({ panels }) => panels.flatMap(({ queries }) => queries.map(([expr, legend]) => ({ expr, legend })))),
  );
