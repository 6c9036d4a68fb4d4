/** Something a person can mend: shown as one line, without a stack. */
export class LocalError extends Error {
  override name = 'LocalError';
}

/** Runs a command-line program: a LocalError is one line, anything else is a bug and shows its stack. */
export const runCli = (work: () => Promise<number | undefined>): void => {
  work().then(
    (code) => {
      process.exitCode = code ?? 0;
    },
    (error: unknown) => {
      console.error(error instanceof LocalError ? `✗ ${error.message}` : error);
      process.exitCode = 1;
    },
  );
};
