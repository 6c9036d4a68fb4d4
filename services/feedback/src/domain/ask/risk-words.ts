/**
 * Words with which customers say that they are leaving. Few and plain: a false alarm keeps an offer from a customer for two
 * weeks, no more. By language, so that a word of one is not found in another.
 */
const words: Record<string, RegExp> = {
  en: /\b(cancel(?:ling|ing)? (?:my|our|the) (?:account|contract|subscription|membership)|close (?:my|our) account|terminate (?:my|our|the) (?:contract|agreement)|take my business elsewhere|switch(?:ing)? to (?:another|a different) (?:provider|company|supplier)|never (?:buy|order) (?:from you )?again)\b/iu,
  de: /\b(kündig(?:e|en|ung)|konto (?:löschen|schließen)|vertrag (?:beenden|auflösen)|zu (?:einem anderen|einer anderen|der konkurrenz)|nie wieder (?:bestellen|kaufen|bei ihnen))\b/iu,
  zh: /(注销(?:我的)?(?:账户|账号|帐户|帐号)|销户|解除合同|解约|取消(?:我的)?(?:订阅|会员|合同|服务)|再也不(?:买|用|来)|换(?:一)?家)/u,
};

// What is quoted below an answer was said before, perhaps by us.
const quoted = /^\s*>.*$/gm;

/** The words of leaving in a message of a customer; empty when there are none. A language that is not known: all are looked for. */
export const leavingWords = (text: string, language: string): string => {
  const own = text.replace(quoted, '');
  const wanted = words[language.split('-')[0]!.toLowerCase()];
  for (const pattern of wanted ? [wanted] : Object.values(words)) {
    const found = pattern.exec(own)?.[0];
    if (found) return found;
  }
  return '';
};
