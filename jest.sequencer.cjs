// What lasts longest begins first, so that no worker stands idle at the end. Benchmarks in small stand beside what is not about
// time; those that kill and measure come after, beside each other.
const order = ['load', 'e2e', 'conformance', 'kubernetes', 'resilience', 'component', 'int', 'unit', 'architecture'];
const rank = ({ context }) => {
  const found = order.indexOf(context.config.displayName?.name);
  return found < 0 ? order.length : found;
};
const size = ({ context, path }) => context.hasteFS.getSize(path) ?? 0;

module.exports = class {
  sort(tests) {
    return [...tests].sort((a, b) => rank(a) - rank(b) || size(b) - size(a) || (a.path < b.path ? -1 : 1));
  }

  allFailedTests(tests) {
    return tests;
  }

  cacheResults() {
    // Every run has the same order, whatever ran before.
  }
};
