/** `<aggregate>/<seq>`: the id of every event an aggregate publishes. */
export function eventId(aggregate: string, seq: number): string {
  return `${aggregate}/${seq}`;
}

/** The two halves of an event id, or undefined when it was not made by an aggregate of ours. */
export function parseEventId(id: string): { aggregate: string; seq: number } | undefined {
  const slash = id.lastIndexOf('/');
  if (slash <= 0 || slash === id.length - 1) return undefined;
  const seq = Number(id.slice(slash + 1));
  return Number.isSafeInteger(seq) && seq >= 0 ? { aggregate: id.slice(0, slash), seq } : undefined;
}
