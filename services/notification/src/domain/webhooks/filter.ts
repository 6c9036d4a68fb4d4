/** Whether an endpoint wants events of a type: it named the type, or `<package>.*`, or nothing, which means all. */
export const wants = (eventTypes: string[], type: string): boolean =>
  eventTypes.length === 0 ||
  eventTypes.some((wanted) => (wanted.endsWith('.*') ? type.startsWith(wanted.slice(0, -1)) : wanted === type));
