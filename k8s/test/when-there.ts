const unless = (missing: string | undefined): typeof describe.skip =>
  missing
    ? (((name: string, work: () => void) => {
        console.warn(`SKIPPED "${name}": ${missing}`);
        return describe.skip(name, work);
      }) as typeof describe.skip)
    : describe;

/** A group of tests that needs fetched tools. Without them it is skipped, and says so; in CI the set-up has failed already. */
export const describeWithTools = unless(process.env.K8S_TOOLS_MISSING);

/** A group of tests that needs an API server, which takes too long to build for every run. Without it, it is skipped, and says so. */
export const describeWithServer = unless(process.env.K8S_TOOLS_MISSING || process.env.K8S_SERVER_MISSING);
