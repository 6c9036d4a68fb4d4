// Preloaded into a child process: its wall clock is off by SKEW_MS. What counts time monotonically is not touched.
const skew = Number(process.env.SKEW_MS ?? 0);
delete process.env.SKEW_MS;
const Real = Date;

class Skewed extends Real {
  constructor(...args) {
    super(...(args.length === 0 ? [Real.now() + skew] : args));
  }
  static now() {
    return Real.now() + skew;
  }
}
globalThis.Date = Skewed;
