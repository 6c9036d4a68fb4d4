const quoted = /^\s{0,3}>/;
// A line that announces a quotation: "On … wrote:", "Am … schrieb …:", "Le … a écrit :", "在 … 写道：", "… wrote:".
const attribution =
  /^\s{0,3}(?:on\b.{1,300}\bwrote|am\b.{1,300}\bschrieb\b.{0,200}|le\b.{1,300}\ba écrit|el\b.{1,300}\bescribió|op\b.{1,300}\bschreef\b.{0,200}|在.{1,300}写道|.{1,200}\bwrote)\s*[:：]\s*$/i;
const separator =
  /^\s{0,3}(?:-{2,}\s*(?:original message|ursprüngliche nachricht|message d'origine|原始邮件|forwarded message)\s*-{2,}|_{20,})\s*$/i;
const headerBlock = /^\s{0,3}\*?(?:from|von|de|发件人)\s*[:：]\*?\s*\S/i;
const headerFollow = /^\s{0,3}\*?(?:sent|date|to|gesendet|an|datum|envoyé|à|发送时间|收件人)\s*[:：]/i;

const blank = (line: string | undefined): boolean => line === undefined || line.trim() === '';

/** Attributions may be wrapped over two lines by the sender's program. */
const startsQuotation = (lines: readonly string[], at: number): boolean => {
  const line = lines[at]!;
  if (separator.test(line)) return true;
  if (headerBlock.test(line) && lines.slice(at + 1, at + 4).some((next) => headerFollow.test(next))) return true;
  const next = lines[at + 1] ?? '';
  const announced = line.length < 600 && (attribution.test(line) || attribution.test(`${line} ${next}`));
  if (!announced) return false;
  const after = lines.slice(at + 1).find((candidate, index) => !blank(candidate) && index > 0) ?? next;
  return quoted.test(after) || quoted.test(next) || at > 0;
};

/**
 * What the sender wrote this time: the quoted earlier mail at the end is left out, answers between quoted lines stay.
 * When nothing would be left, the whole text is the answer.
 */
export const visibleText = (text: string): string => {
  const lines = text.replace(/\r\n?/g, '\n').split('\n');
  let end = lines.length;
  for (let at = 0; at < lines.length; at += 1) {
    if (!startsQuotation(lines, at)) continue;
    const rest = lines.slice(at + 1).filter((line) => !blank(line));
    const marked = rest.filter((line) => quoted.test(line)).length;
    // Answers written between quoted lines follow the attribution: then only a rest without marks may be cut.
    if (marked > 0 && rest.length - marked > 1) continue;
    end = at;
    break;
  }
  while (end > 0 && (blank(lines[end - 1]) || quoted.test(lines[end - 1]!))) end -= 1;
  const kept = lines.slice(0, end).join('\n').trim();
  return kept === '' ? text.trim() : kept;
};
