/** Counts of one client, bounded in number: the oldest entry makes room. */
export function createClientLimits(options: { connections: number; mailsPerMinute: number; now: () => number }) {
  const open = new Map<string, number>();
  const mails = new Map<string, { minute: number; count: number }>();
  return {
    connected(client: string): boolean {
      const count = (open.get(client) ?? 0) + 1;
      open.set(client, count);
      return count <= options.connections;
    },
    gone(client: string): void {
      const count = (open.get(client) ?? 1) - 1;
      if (count > 0) open.set(client, count);
      else open.delete(client);
    },
    mayMail(client: string): boolean {
      const minute = Math.floor(options.now() / 60_000);
      const entry = mails.get(client);
      const count = entry?.minute === minute ? entry.count + 1 : 1;
      mails.delete(client);
      mails.set(client, { minute, count });
      if (mails.size > 10_000) mails.delete(mails.keys().next().value!);
      return count <= options.mailsPerMinute;
    },
  };
}

/** A share of memory for mails that are on their way in. */
export function createByteBudget(max: number) {
  let used = 0;
  return {
    take(bytes: number): boolean {
      if (used + bytes > max) return false;
      used += bytes;
      return true;
    },
    give(bytes: number): void {
      used -= bytes;
    },
    used: () => used,
  };
}

export type ByteBudget = ReturnType<typeof createByteBudget>;
