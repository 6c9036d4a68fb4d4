import type { Language } from '../survey/wording';

/** Words of the page and of the mail. */
export interface PageWords {
  title: string;
  intro: string;
  required: string;
  comment: string;
  mayContact: string;
  send: string;
  change: string;
  thanks: string;
  recorded: string;
  editable: string;
  closedTitle: string;
  closed: string;
  invalidTitle: string;
  invalid: string;
  tooLargeTitle: string;
  tooLarge: string;
  missing: string;
  problem: string;
  subject: string;
  mailIntro: string;
  mailOutro: string;
  noAnswer: string;
  toldSubject: string;
  youSaid: string;
  weDid: string;
  toldThanks: string;
  callIntro: string;
  pressKey(lowest: number, lowestMeans: string, highest: number, highestMeans: string): string;
  answered: string;
}

export const pageWords: Record<Language, PageWords> = {
  en: {
    title: 'Your opinion',
    intro: 'It takes less than a minute.',
    required: 'required',
    comment: 'What is the main reason for your answer?',
    mayContact: 'You may contact me about my answer.',
    send: 'Send',
    change: 'Change my answer',
    thanks: 'Thank you.',
    recorded: 'Your answer is recorded.',
    editable: 'You can change it here until',
    closedTitle: 'This survey is closed',
    closed: 'It takes no answers any more. Nothing was recorded.',
    invalidTitle: 'This link does not work',
    invalid:
      'It may have been cut off or copied only in part. Please open it from the message again. Nothing was recorded.',
    tooLargeTitle: 'That is too long',
    tooLarge: 'A comment has at most 4,000 characters. Nothing was recorded; please shorten it and send it again.',
    missing: 'Please answer the questions marked as required.',
    problem: 'Something is not right yet',
    subject: 'How did we do?',
    mailIntro: 'Hello,\n\nyou were in touch with us. We would like to know:',
    mailOutro: 'The link is yours alone. You can change your answer until it closes.',
    noAnswer: 'Nothing is recorded before you press "Send".',
    toldSubject: 'You said, we did',
    youSaid: 'You told us:',
    weDid: 'This is what we did:',
    toldThanks: 'Thank you for telling us. Without you it would be as it was.',
    callIntro: 'One question before you go.',
    pressKey: (lowest, lowestMeans, highest, highestMeans) =>
      `Please press a key from ${lowest}, ${lowestMeans}, to ${highest}, ${highestMeans}${highest > 9 ? ', and then the hash key' : ''}.`,
    answered: 'Thank you. Your answer is recorded.',
  },
  zh: {
    title: '您的意见',
    intro: '只需不到一分钟。',
    required: '必填',
    comment: '您这样评价的主要原因是什么？',
    mayContact: '你们可以就我的回答与我联系。',
    send: '提交',
    change: '修改我的回答',
    thanks: '谢谢您。',
    recorded: '您的回答已记录。',
    editable: '您可以在此修改，直到',
    closedTitle: '此调查已结束',
    closed: '不再接受回答。没有记录任何内容。',
    invalidTitle: '此链接无效',
    invalid: '链接可能不完整。请从消息中重新打开。没有记录任何内容。',
    tooLargeTitle: '内容过长',
    tooLarge: '评论最多 4000 个字符。没有记录任何内容；请缩短后重新提交。',
    missing: '请回答标为必填的问题。',
    problem: '还有需要更正的地方',
    subject: '我们做得怎么样？',
    mailIntro: '您好：\n\n您最近联系过我们。我们想了解：',
    mailOutro: '此链接仅供您使用。在截止之前您可以修改回答。',
    noAnswer: '在您点击“提交”之前不会记录任何内容。',
    toldSubject: '您说了，我们做了',
    youSaid: '您告诉我们：',
    weDid: '我们做了：',
    toldThanks: '感谢您告诉我们。没有您，一切都不会改变。',
    callIntro: '挂机前请回答一个问题。',
    pressKey: (lowest, lowestMeans, highest, highestMeans) =>
      `请按键${highest > 9 ? '并以井号键结束' : ''}：${lowest}表示${lowestMeans}，${highest}表示${highestMeans}。`,
    answered: '谢谢您，您的回答已记录。',
  },
};
