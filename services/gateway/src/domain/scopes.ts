/** Methods that only read, by the words their names begin with. */
const reads = /^(Get|List|Watch|DryRun)/;

export const isRead = (methodName: string): boolean => reads.test(methodName);

/**
 * Scope that a method asks for. What the contract declares wins; the rest is derived, so that a method nobody thought
 * about is closed to keys that do not hold its service. `none` means any valid key.
 */
export const requiredScope = (service: string, methodName: string, declared: string): string =>
  declared || `${service}:${isRead(methodName) ? 'read' : 'write'}`;

/** True when the scopes of a key cover the asked one. `<service>:write` does not include reading. */
export const covers = (held: readonly string[], asked: string): boolean =>
  asked === 'none' || held.includes('*') || held.includes(asked);

/** Scopes that a caller would hand on without holding them. */
export const notHeld = (held: readonly string[], granted: readonly string[]): string[] =>
  granted.filter((scope) => !held.includes('*') && !held.includes(scope));
