/** A group of tests that needs fetched tools. Without them it is skipped, and says so; in CI the set-up has failed already. */
export const describeWithTools: typeof describe.skip = process.env.K8S_TOOLS_MISSING
  ? (((name: string, work: () => void) => {
      console.warn(`SKIPPED "${name}": ${process.env.K8S_TOOLS_MISSING}`);
      return describe.skip(name, work);
    }) as typeof describe.skip)
  : describe;
