// Reply and forward marks of common mail programs in several languages, with counters (`Re[2]:`) and wide colons.
const mark =
  /^\s*(?:re|aw|antw|sv|vs|ref|rif|odp|ynt|回复|答复|回覆|fw|fwd|wg|tr|rv|enc|转发|轉寄)\s*(?:\[\d{1,3}\]|\(\d{1,3}\)|\^\d{1,3})?\s*[:：]\s*/i;
const automaticMark =
  /^\s*(?:auto(?:matic)?[- ]?(?:reply|response)|automatische antwort|out of office|自动回复|自動回覆)\s*[:：]\s*/i;
const token = /\[#([A-Za-z0-9._~-]{1,200})\]/;

/** Token that we put into the subject as `[#…]`. */
export const subjectToken = (subject: string): string => token.exec(subject)?.[1] ?? '';

/** The subject without reply and forward marks and without our token. */
export const baseSubject = (subject: string): string => {
  let rest = subject.replace(token, ' ').replace(/\s+/g, ' ').trim();
  for (let turn = 0; turn < 50; turn += 1) {
    const next = rest.replace(mark, '').replace(automaticMark, '');
    if (next === rest) break;
    rest = next;
  }
  return rest.trim();
};
