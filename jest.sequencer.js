/** The longest tests first, so that none of them runs alone at the end; a fresh clone has no times of its own to go by. */
const { default: Sequencer } = require('@jest/test-sequencer');

const longest = [
  'cli/real-app',
  'preset/one-row',
  'relay/engine-chaos',
  'assembly/memory',
  'simulation/simulation',
  'mesh/mesh-faults',
  'lib/engine-clock',
  'preset/assembly-script',
  'mesh/mesh-sockets',
  // The scaffold and the matrix, two at a time.
  'scaffold/homes/react',
  'scaffold/homes/vue',
  'scaffold/owners',
  'scaffold/homes/moved',
  'scaffold/templates',
  'scaffold/verify',
  'verify/failures',
  'verify/process',
  'matrix/matrix',
  'matrix/builds',
  'matrix/composition',
];

module.exports = class extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const at = longest.findIndex((name) => path.replaceAll('\\', '/').includes(`${name}.test`));
      return at < 0 ? longest.length : at;
    };
    return [...super.sort(tests)].sort((a, b) => rank(a) - rank(b));
  }
};
