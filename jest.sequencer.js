/** The longest tests first, so that none of them runs alone at the end; a fresh clone has no times of its own to go by. */
const { default: Sequencer } = require('@jest/test-sequencer');

const longest = [
  'cli/real-app',
  'relay/engine-chaos',
  'worker/mesh-faults',
  'preset/one-row',
  'preset/assembly-script',
  'lib/engine-clock',
  'assembly/memory',
  'worker/mesh-sockets',
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
