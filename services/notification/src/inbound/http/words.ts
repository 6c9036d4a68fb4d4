import type { Channel } from '../../domain/book/book';

/** Words of the pages behind links in messages. */
export interface DoorWords {
  title: string;
  paused(until: string): string;
  notPaused: string;
  outOfNothing: string;
  outOf(list: string): string;
  quietNow(starts: string, ends: string): string;
  /** A topic and a channel as one says them together; either may be any. */
  about(topic: string, channel: Channel | ''): string;
  noTopic(topic: string, channel: Channel | ''): string;
  none: string;
  again(what: string): string;
  pause: string;
  resume: string;
  quietFrom: string;
  quietTo: string;
  quiet: string;
  noQuiet: string;
  unsubscribe: string;
  askUnsubscribe: string;
  unsubscribed: string;
  unsubscribedLine: string;
}

/** Languages a customer can choose on the page, as their readers call them. */
export const languages: Record<string, string> = { en: 'English', de: 'Deutsch', zh: '中文' };

const channelsEn: Record<Channel | '', string> = {
  email: 'by e-mail',
  chat: 'in the chat',
  sms: 'by text message',
  voice: 'by phone',
  '': 'on any channel',
};
const channelsDe: Record<Channel | '', string> = {
  email: 'per E-Mail',
  chat: 'im Chat',
  sms: 'per SMS',
  voice: 'per Anruf',
  '': 'auf allen Wegen',
};
const channelsZh: Record<Channel | '', string> = {
  email: '电子邮件',
  chat: '在线聊天',
  sms: '短信',
  voice: '电话',
  '': '任何渠道',
};

const words: Record<string, DoorWords> = {
  en: {
    title: 'Your messages',
    paused: (until) => `Paused until ${until}.`,
    notPaused: 'Not paused.',
    outOfNothing: 'You opted out of nothing.',
    outOf: (list) => `You opted out of: ${list}.`,
    quietNow: (starts, ends) => `Nothing promotional from ${starts} to ${ends}, your time.`,
    about: (topic, channel) => `${topic || 'every topic'} ${channelsEn[channel]}`,
    noTopic: (topic, channel) => `Nothing more about ${topic} ${channelsEn[channel]}`,
    none: 'No promotional messages at all',
    again: (what) => `Allow again: ${what}`,
    pause: 'Pause for 30 days',
    resume: 'End the pause',
    quietFrom: 'Quiet from',
    quietTo: 'to',
    quiet: 'Keep these hours quiet',
    noQuiet: 'No quiet hours of my own',
    unsubscribe: 'Unsubscribe',
    askUnsubscribe: 'Press the button to get no more promotional messages at this address.',
    unsubscribed: 'Unsubscribed',
    unsubscribedLine: 'You will get no more promotional messages at this address.',
  },
  de: {
    title: 'Ihre Nachrichten',
    paused: (until) => `Pause bis ${until}.`,
    notPaused: 'Keine Pause.',
    outOfNothing: 'Sie haben nichts abbestellt.',
    outOf: (list) => `Abbestellt: ${list}.`,
    quietNow: (starts, ends) => `Keine Werbung von ${starts} bis ${ends} Uhr Ihrer Zeit.`,
    about: (topic, channel) => `${topic || 'alle Themen'} ${channelsDe[channel]}`,
    noTopic: (topic, channel) => `Nichts mehr zu ${topic}, ${channel ? channelsDe[channel] : 'auf keinem Weg'}`,
    none: 'Überhaupt keine Werbung',
    again: (what) => `Wieder erlauben: ${what}`,
    pause: '30 Tage Pause',
    resume: 'Pause beenden',
    quietFrom: 'Ruhe von',
    quietTo: 'bis',
    quiet: 'In dieser Zeit Ruhe',
    noQuiet: 'Keine eigene Ruhezeit',
    unsubscribe: 'Abbestellen',
    askUnsubscribe: 'Mit dem Knopf bestellen Sie alle Werbung an diese Adresse ab.',
    unsubscribed: 'Abbestellt',
    unsubscribedLine: 'Sie erhalten an dieser Adresse keine Werbung mehr.',
  },
  zh: {
    title: '您的消息',
    paused: (until) => `已暂停至${until}。`,
    notPaused: '未暂停。',
    outOfNothing: '您没有退订任何内容。',
    outOf: (list) => `您已退订：${list}。`,
    quietNow: (starts, ends) => `您所在时间${starts}至${ends}不发送推广消息。`,
    about: (topic, channel) => `${topic || '所有主题'}（${channelsZh[channel]}）`,
    noTopic: (topic, channel) => `不再接收关于${topic}的消息（${channelsZh[channel]}）`,
    none: '不接收任何推广消息',
    again: (what) => `重新允许：${what}`,
    pause: '暂停30天',
    resume: '结束暂停',
    quietFrom: '免打扰开始',
    quietTo: '结束',
    quiet: '在此时段免打扰',
    noQuiet: '不设置免打扰时段',
    unsubscribe: '退订',
    askUnsubscribe: '点击按钮后，此地址将不再收到推广消息。',
    unsubscribed: '已退订',
    unsubscribedLine: '此地址将不再收到推广消息。',
  },
};

/** The page's language for a tag, and its words; English for those we have none for. */
export const doorWords = (tag: string): { language: string; words: DoorWords } => {
  const language = tag.split('-')[0]!.toLowerCase();
  const found = words[language];
  return found ? { language, words: found } : { language: 'en', words: words['en']! };
};
