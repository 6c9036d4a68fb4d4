const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

type Failure = Error & { code?: string; status?: number; responseCode?: number; cause?: { code?: string } };

const connection = /^(ECONNREFUSED|ECONNRESET|EPIPE|ESOCKET|ECONNECTION|ETIMEDOUT|UND_ERR_SOCKET)$/;

/** True for what passes by itself: no connection, or an answer that says "later". */
export const isPassing = (error: unknown): boolean => {
  const { code, cause, status = 0, responseCode = 0, message } = error as Failure;
  if ([code, cause?.code].some((name) => name !== undefined && connection.test(name))) return true;
  if (status === 429 || (status >= 502 && status <= 504)) return true;
  return (
    (responseCode >= 400 && responseCode < 500) ||
    /socket hang up|closed|terminated|server response: 50[234]/i.test(message)
  );
};

/**
 * Does again what failed for a passing reason, as a mail server, a telephony provider and an integrator do. What is done
 * must have the same effect however often it is done.
 */
export async function patiently<T>(work: () => Promise<T>, forMs = 60_000): Promise<T> {
  for (const end = Date.now() + forMs; ; await pause(200)) {
    try {
      return await work();
    } catch (error) {
      if (!isPassing(error) || Date.now() > end) throw error;
    }
  }
}
