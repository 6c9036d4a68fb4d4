import type { Handle, IncomingEvent } from '@throughline/bus';
import { readEach } from '@throughline/bus';
import { channelV1 } from '@throughline/proto';
import { invitationOfQuestion, QUESTION_PREFIX } from '../../domain/page/question';
import type { ChannelNews } from '../../use-cases/take-channel-answers';

const inboundType = 'throughline.channel.v1.InboundEvent';
// Ids of our questions begin so: most channel events are not about them and need not be decoded.
const OURS = Buffer.from(QUESTION_PREFIX);

const newsOf = (event: IncomingEvent): ChannelNews | undefined => {
  const { type, data, tenantId, contactPoint, time } = event;
  if (type !== inboundType || !contactPoint) return undefined;
  if (!Buffer.from(data.buffer, data.byteOffset, data.byteLength).includes(OURS)) return undefined;
  const { payload, channel } = channelV1.InboundEvent.decode(data);
  if (payload?.$case !== 'questionAsked' && payload?.$case !== 'questionAnswered') return undefined;
  const invitationId = invitationOfQuestion(payload.value.questionId);
  if (!invitationId) return undefined;
  const via = channel === 'voice' ? ('keypad' as const) : ('chat' as const);
  const said =
    payload.$case === 'questionAsked'
      ? { kind: 'asked' as const }
      : { kind: 'answered' as const, value: payload.value.value, via };
  return { tenantId, invitationId, contactPoint, at: time.getTime(), said };
};

/** Hears of questions that channels asked by themselves, and their answers. */
export const takeOnChannelEvent =
  (take: (news: ChannelNews[]) => Promise<void>): Handle =>
  async (deliveries) => {
    const { said, dead } = readEach(deliveries, ({ event }) => newsOf(event));
    await take(said);
    return { dead };
  };
