/** Mistakes that lose, as patches of the source. Each leaves out one of the rules of docs/protocol.md. */
export interface Patch {
  /** From the root of the repository. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
}

const WRITING = 'src/runtime/mesh/session/publisher.ts';
const STAMPING = 'src/runtime/storage/rxdb/stamping-storage.ts';

/** By the rule that each leaves out. */
export const mutants: { readonly [mistake: string]: readonly Patch[] } = {
  'what was sent counts as stored, without a read-back': [
    {
      file: WRITING,
      find: '    delivery.phase = DeliveryPhase.Sent;\n',
      replace: '    delivery.phase = DeliveryPhase.Sent;\n    this.#options.stored([delivery.head.version]);\n',
    },
  ],

  'an OK is trusted': [
    {
      file: WRITING,
      find: '        rateLimiter.accepted(clock.now());\n        this.#readBack(delivery);\n',
      replace:
        '        rateLimiter.accepted(clock.now());\n        this.#postpone(delivery);\n        this.#options.stored([delivery.head.version]);\n',
    },
  ],

  'spares are never tried': [
    {
      file: 'src/runtime/mesh/pool/relay-pool.ts',
      find: 'if (profile.isDown === isDown) return;',
      replace: 'if (isDown || !isDown) return;',
    },
  ],

  'durability is kept across a change of list': [
    {
      file: 'src/runtime/replica/change-list.ts',
      find: 'if (isSameList(recorded.relays, relays)) return',
      replace: 'if (relays.length > 0) return',
    },
  ],

  'devices share slots': [
    {
      // Where addresses come from in a simulated world.
      file: 'simulation/stand-in-vault.ts',
      find: 'const name = `${deviceId}/${tier}/${index}`;',
      replace: 'const name = `${deviceId.slice(0, 0)}/${tier}/${index}`;',
    },
  ],

  'a register leaves its slot before its copy was read back (I2)': [
    {
      file: 'src/runtime/replica/maintenance/moves.ts',
      find: 'if (!sources || !target.durable) return false;',
      replace: 'if (!sources) return false;',
    },
    {
      file: 'src/runtime/replica/maintenance/moves.ts',
      find: 'if (slots.includes(other) || !other.durable) continue;',
      replace: 'if (slots.includes(other)) continue;',
    },
    {
      file: 'src/runtime/replica/maintenance/compaction.ts',
      find: 'if (target.durable) await moves.settle(target);',
      replace: 'await moves.settle(target);',
    },
  ],

  'what the schema requires may leave the entry of its insert': [
    {
      file: 'src/runtime/replica/maintenance/moves.ts',
      find: 'for (const document of await withEssentials(store, changed)) kept.set(keyOf(document), document);',
      replace: 'await withEssentials(store, changed);',
    },
  ],

  'an object whose keywords relate its properties merges deeply': [
    {
      file: 'src/runtime/crdt/merge-rules.ts',
      find: '(spanning ? MergeStrategy.Atomic : MergeStrategy.Deep)',
      replace: 'MergeStrategy.Deep',
    },
    {
      file: 'src/runtime/crdt/merge-rules.ts',
      find: 'if (spanning !== undefined) throw deepBeside(spanning, path);',
      replace: '',
    },
    {
      // An object that is one value may have a default of its own.
      file: 'src/runtime/crdt/merge-rules.ts',
      find: 'if (isPlainObject(schema.default) && Object.keys(schema.default).length > 0) {',
      replace: 'if (schema.default === null) {',
    },
  ],

  'the later created_at wins a merge': [
    {
      file: 'src/runtime/replica/incoming/inbound.ts',
      find: '[...content].map(',
      replace: `[...content].map(([key, document]) => {
        const time = (version.createdAt * 1000).toString(16).padStart(12, '0');
        for (const register of document.registers.leaves.values())
          Object.assign(register, { stamp: time + register.stamp.slice(12) });
        return [key, document] as const;
      }).map(`,
    },
  ],

  'a write is stamped after it': [
    {
      file: STAMPING,
      find: 'return writeOf(previous, record as Row);',
      replace: `const { zbs } = record._meta;
    const meta = { ...record._meta, zbs: previous?._meta.zbs, stamped: zbs };
    return writeOf(previous, { ...record, _meta: meta } as unknown as Row);`,
    },
    {
      file: STAMPING,
      find: '  return writePrepared(inner, rows, context, stamp, (row) => presented(row, rules));\n',
      replace: `  const answer = await writePrepared(inner, rows, context, stamp, (row) => presented(row, rules));
  const written = await storedRows(inner, rows.map(({ document }) => idOf(document, inner)));
  const stampedRows = [...written.values()].flatMap((previous) => {
    const { stamped, ...meta } = previous._meta as typeof previous._meta & { stamped?: string };
    return stamped === undefined ? [] : [{ previous, document: { ...previous, _rev: previous._rev + 's', _meta: { ...meta, zbs: stamped } } as Row }];
  });
  if (stampedRows.length > 0) await inner.bulkWrite(stampedRows, context);
  return answer;
`,
    },
  ],

  'a stamp is not above those of its document': [
    {
      file: STAMPING,
      find: 'stamp: nextStamp(greatestStamp(before), wallMs, deviceId),',
      replace: 'stamp: nextStamp(undefined, wallMs, deviceId),',
    },
  ],

  'a thawed holder goes on publishing': [
    { file: 'src/runtime/testing/memory-ledger.ts', find: 'if (disk.epoch !== epoch) return false;', replace: '' },
    { file: 'src/runtime/replica/replica.ts', find: 'onLost: endWriting,', replace: 'onLost: () => {},' },
  ],

  'a reserved nonce is used twice': [
    {
      file: 'src/runtime/replica/slots/reserved-versions.ts',
      find: 'return { free: [], former: left.slice(-REMEMBERED_FORMER) };',
      replace: 'return { free: left, former: [] };',
    },
  ],

  'a key is pinned by a read of nothing': [
    {
      file: 'src/runtime/replica/keys/key-standing.ts',
      find: '      isAllRead = true;\n',
      replace: '      isAllRead = true;\n      void this.raise(KeyState.Pinned);\n',
    },
  ],

  'nothing is adopted (I4)': [
    {
      file: 'src/runtime/replica/maintenance/maintenance.ts',
      find: '    const mayAdopt =\n      isAllRead &&',
      replace: '    const mayAdopt =\n      isAllRead && clock.now() < 0 &&',
    },
  ],

  'the difference to what was shown is sent as an absolute value': [
    {
      file: 'src/runtime/page/changes.ts',
      find: 'return shown === count ? UNCHANGED : differenceOfNumbers(shown, count);',
      replace: 'return shown === count ? UNCHANGED : count;',
    },
  ],

  'a challenge is never answered': [
    {
      file: 'src/runtime/relay/auth/auth.ts',
      find: '    if (waitMs <= 0) return this.#answer();\n',
      replace: '    if (waitMs <= 0) return;\n',
    },
  ],

  'a relay that has shown nothing counts as read': [
    {
      file: 'src/runtime/mesh/read-proof.ts',
      find: 'if (known?.shown !== Shown.OwnWriting) return known !== undefined && known.shown >= Shown.Newest;',
      replace: 'if (known && known.shown >= Shown.Emptiness) return true;',
    },
  ],
};

/** A mistake that shows under conditions which the simulated worlds do not have, and the tests that have them. */
export interface TestedMutant {
  readonly patch: Patch;
  /** Of the repository, as a path. */
  readonly tests: string;
}

export const testedMutants: { readonly [mistake: string]: TestedMutant } = {
  'what was read in part counts as all of it': {
    patch: {
      file: 'src/runtime/mesh/session/reading/whole-reads.ts',
      find: '    options.readEnded(found, false);\n    if (!isComplete) return retries.again(readFirst);\n',
      replace: '    options.readEnded(found, true);\n    if (!isComplete) return retries.again(readFirst);\n',
    },
    tests: '__tests__/runtime/mesh/mesh-new-device.test.ts',
  },

  'what was read in part is never compared': {
    patch: {
      file: 'src/runtime/mesh/session/reading/whole-reads.ts',
      find: '    options.showed(Shown.Newest);\n    scheduleComparison();\n',
      replace: '    options.showed(Shown.Newest);\n',
    },
    tests: '__tests__/runtime/mesh/mesh-new-device.test.ts',
  },

  "one relay's limit is that of all": {
    patch: {
      file: 'src/runtime/mesh/pool/takers.ts',
      find: 'return sizes[Math.min(durableOn, sizes.length) - 1] ??',
      replace: 'return sizes.at(-1) ??',
    },
    tests: '__tests__/runtime/mesh/mesh-limits.test.ts',
  },

  'what a newer build has written counts as misbehaviour': {
    patch: {
      file: 'src/runtime/mesh/event-intake.ts',
      find: '? { admitted: this.#noteNewest({ d, createdAt: event.created_at, nonce: undefined, version: undefined }) }',
      replace: '? { refusal: Refusal.Forged }',
    },
    tests: '__tests__/runtime/mesh/mesh-floods.test.ts',
  },

  'a forgery that comes first hides the genuine version': {
    patch: {
      file: 'src/runtime/mesh/event-intake.ts',
      find: "const isJudged = copy.event.sig === event.sig && (outcome !== 'given-up' || copy.relayUrl === relayUrl);",
      replace: 'const isJudged = true;',
    },
    tests: '__tests__/runtime/mesh/event-intake.test.ts',
  },

  'what is stored takes the place of what is being typed': {
    patch: {
      file: 'src/runtime/page/bind-store/bound-documents.ts',
      find: '(writing.has(key) || isSameProperty(shown[key], value))',
      replace: 'isSameProperty(shown[key], value)',
    },
    tests: '__tests__/runtime/page/bind-store/bound-documents.test.ts',
  },

  'what is heard late of an earlier revision shows': {
    patch: {
      file: 'src/runtime/page/bind-store/bound-documents.ts',
      find: 'if (of.stored && of.stored.height > revision.height) return;',
      replace: '',
    },
    tests: '__tests__/runtime/page/bind-store/bound-documents.test.ts',
  },
};
