// Phrases that, alone, say thank you and ask for nothing. Whole short messages only: a longer one may carry a request.
const forWhat =
  ' for (your|the|all (your|the)) (quick |fast |kind |great |prompt )?(help|support|reply|response|answer|assistance|time)';
const courtesy = [
  `thank you( so much| very much| a lot| again)?(${forWhat})?`,
  `thanks?( so much| a lot| a bunch| again| everyone| all| guys| team)?(${forWhat})?`,
  `many thanks(${forWhat})?`,
  'thx|ty|tysm|cheers',
  '(much |really )?appreciated|(i )?(really )?appreciate (it|that|your help|the help)',
  "(that|this|it|all|everything)( i|’|')?s? ?(has )?(now )?(works?|worked|helped|fixed|solved|perfect|great|good|fine)( now)?( for me)?",
  'it works( now)?|works( now)?|working now|all good( now)?|problem solved|solved|got it|perfect|great|awesome|excellent|wonderful|super|ok(ay)?|will do|sounds good',
  "you( a|’|')?re the best|you rock|great (help|service|support|job)",
  'have a (nice|great|good|lovely) (day|weekend|evening|one)',
  'best( regards| wishes)?|kind regards|regards',
  '(vielen |besten |herzlichen |tausend )?dank(e)?( schön| sehr| vielmals| ihnen| dir| euch)?( für (die|ihre|eure|deine) (schnelle )?(hilfe|antwort))?',
  'alles klar|passt|hat geklappt|funktioniert( jetzt)?|mfg|(viele|liebe|beste) grüße',
  "merci( beaucoup| bien)?|c(’|')est parfait|parfait|(muchas |mil )?gracias|perfecto|(molte )?grazie|obrigad[oa]",
];
const phrase = new RegExp(`^(?:${courtesy.join('|')})$`, 'iu');
const chinese =
  /^(?:(?:非常|十分|太|多)?(?:感谢|谢谢|多谢|谢了|谢啦|谢)(?:您|你|你们|大家)?(?:的)?(?:帮助|支持|回复|耐心)?(?:了|啦|哈)?|好的|收到|没问题了?|解决了|可以了|已解决|搞定了?|明白了?|知道了)$/u;
const asksForMore =
  /[?？]|\b(?:but|however|still|except|unfortunately|aber|jedoch|leider|noch nicht|mais|pero)\b|但是|不过|还是|可是/iu;
const quoted =
  /^\s*>.*$|^\s*(?:on .{5,200} wrote:|am .{5,200} schrieb.*:|le .{5,200} a écrit\s?:|-{2,}\s*original message.*)[\s\S]*$/gimu;
const signature = /\n-- ?\n[\s\S]*$/;

/** True when the text only says thank you: it must not open solved work again. */
export const isThanks = (text: string): boolean => {
  if (text.length > 2000) return false;
  const own = text.replace(signature, '').replace(quoted, '').trim();
  if (own.length === 0 || own.length > 160 || asksForMore.test(own) || /\d/.test(own)) return false;
  const parts = own
    .split(/[.!,;~\n。！，、；～…]+|\p{Extended_Pictographic}+/u)
    .map((part) => part.replace(/(?:[\s:)(^_-]|\u200d|\ufe0f)+$/u, '').trim())
    .filter((part) => part.length > 0);
  if (parts.length === 0) return /^(?:\p{Extended_Pictographic}|\s|\u200d|\ufe0f)+$/u.test(own);
  // A last short line is a name ("Thanks!  Ada").
  const named = parts.length > 1 && /^[\p{Lu}\p{Lo}][\p{L}'-]{0,30}$/u.test(parts.at(-1) ?? '');
  const checked = named ? parts.slice(0, -1) : parts;
  return checked.length <= 6 && checked.every((part) => phrase.test(part) || chinese.test(part.replace(/\s/g, '')));
};
