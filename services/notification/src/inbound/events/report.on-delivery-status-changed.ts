import type { Delivery } from '@throughline/bus';
import { channelV1 } from '@throughline/proto';
import type { Report } from '../../domain/delivery/reports';
import type { ReportOn } from '../../use-cases/apply-reports';
import type { OptOutRequest } from '../../use-cases/opt-out';

const inboundType = 'throughline.channel.v1.InboundEvent';
// Ids of our deliveries begin so: most channel events are not about them and need not be decoded.
const OURS = Buffer.from('ntf_');
const STOP = /^\s*(stop|stopall|stop all|unsubscribe|cancel|end|quit|退订|td|t|n)\s*[.!]?\s*$/i;

const states: Partial<Record<channelV1.DeliveryState, Report['state']>> = {
  [channelV1.DeliveryState.QUEUED]: 'queued',
  [channelV1.DeliveryState.SENT]: 'sent',
  [channelV1.DeliveryState.DELIVERED]: 'delivered',
  [channelV1.DeliveryState.READ]: 'read',
  [channelV1.DeliveryState.FAILED]: 'failed',
  [channelV1.DeliveryState.BOUNCED]: 'bounced',
  [channelV1.DeliveryState.COMPLAINED]: 'complained',
};

export interface ChannelNews {
  reports: Map<string, ReportOn[]>;
  stops: Omit<OptOutRequest, 'customerId'>[];
}

const reportOf = (value: channelV1.InboundDeliveryStatusChanged, at: number): ReportOn | undefined => {
  const state = states[value.state];
  if (!state || !value.messageId.startsWith('ntf_')) return undefined;
  return {
    id: value.messageId,
    report: { state, at, code: value.code, detail: value.detail, providerId: value.providerId },
  };
};

/** What channel events say about our messages: what became of them, and who wants no more. Throws on bytes that are no event. */
export const readChannelNews = (deliveries: Delivery[]): ChannelNews => {
  const news: ChannelNews = { reports: new Map(), stops: [] };
  for (const { event } of deliveries) {
    if (event.type !== inboundType) continue;
    const textMessage = event.channel === 'sms';
    if (!textMessage && !Buffer.from(event.data.buffer, event.data.byteOffset, event.data.byteLength).includes(OURS))
      continue;
    const { payload } = channelV1.InboundEvent.decode(event.data);
    const { tenantId } = event;
    if (payload?.$case === 'deliveryStatusChanged') {
      const report = reportOf(payload.value, event.time.getTime());
      if (report) news.reports.set(tenantId, [...(news.reports.get(tenantId) ?? []), report]);
    } else if (
      payload?.$case === 'messageReceived' &&
      textMessage &&
      event.contactPoint &&
      STOP.test(payload.value.text)
    ) {
      news.stops.push({ tenantId, point: event.contactPoint, channel: 'sms', topic: '', source: 'text message' });
    }
  }
  return news;
};
