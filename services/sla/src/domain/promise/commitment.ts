/** A sentence of a reply that seems to commit us. */
export interface Committing {
  sentence: string;
  language: 'en' | 'de' | 'zh';
}

const english =
  /\b(?:I|we|he|she|they|somebody|someone|(?:a|my|our) (?:colleague|manager|engineer|team))\b[^.!?]{0,40}?(?:['’]ll| will| can | shall| promise| (?:am|are|is) going to)\b|\byou(?:['’]ll| will| can) (?:get|have|receive|hear|expect)\b|\b(?:call|reply|answer|refund|delivery|parcel|replacement)\b[^.!?]{0,30}\bwill\b/i;
const german =
  /\b(?:ich|wir|er|sie|man|jemand|(?:ein|mein|unser)e? (?:kolleg\w+|team|technik\w+))\b[^.!?]{0,40}?(?:werde|werden|wird|verspreche|versprechen|melde|melden|rufe|rufen|schicke|schicken)\b|\b(?:werde|werden|melde|melden|rufe|rufen|schicke|schicken) (?:ich|wir)\b|\bsie (?:bekommen|erhalten|hören)\b/i;
const chinese =
  /(?:我们?|咱们|客服|专员|同事|技术员|工程师|经理|团队)[^。！？\n]{0,12}(?:会|将|保证|承诺|一定|给|为|联系|回复|答复|回电|处理|退款|发)|(?:会|将|保证|承诺)[^。！？\n]{0,16}(?:您|你|回复|答复|联系|回电|退款|发货|送达|处理|解决)/;

const sentencesOf = (text: string): string[] =>
  text
    .split('\n')
    // What the customer wrote is quoted below a reply; nobody of us said it.
    .filter((line) => !/^\s*>/.test(line))
    .join('\n')
    // A dot ends a sentence when a space follows: 15.30 and p.m. do not end one.
    .split(/(?<=[!?。！？])|(?<=\.)(?=\s+[^a-z\s])|\n+/)
    .map((sentence) => sentence.replace(/\s+/g, ' ').trim())
    .filter((sentence) => sentence.length > 0 && !/[?？]$/.test(sentence));

const languageOf = (sentence: string): Committing['language'] | undefined => {
  if (/[\u3400-\u9fff]/.test(sentence)) return chinese.test(sentence) ? 'zh' : undefined;
  if (english.test(sentence)) return 'en';
  return german.test(sentence) ? 'de' : undefined;
};

/** Sentences of a reply in which we say that we will do something: no questions, nothing quoted. */
export const committing = (text: string): Committing[] =>
  sentencesOf(text).flatMap((sentence) => {
    const language = languageOf(sentence);
    return language ? [{ sentence, language }] : [];
  });
