/** What has to happen in any 300 worlds, or the simulation does not show what it is for. Names of what the chronicle counts. */
export const MUST_HAPPEN = [
  ...['edit', 'durable', 'seal', 'page', 'compaction', 'retirement', 'left-a-slot', 'peace'],
  ...['act.patch', 'act.insert', 'act.remove', 'act.secret', 'act.bulk', 'act.seed', 'act.extra'],
  ...['fault.clock', 'fault.clock-fast', 'fault.clone', 'fault.close-tab', 'fault.die', 'fault.eose-swallowed'],
  ...['fault.forged', 'fault.live-doubled', 'fault.live-lost', 'fault.lose-documents', 'fault.lose-ledger'],
  ...['fault.ok-but-dropped', 'fault.ok-swallowed', 'fault.open-tab', 'fault.outage', 'fault.partition'],
  ...[
    'fault.refused',
    'fault.reordered',
    'fault.restore',
    'fault.rollback',
    'fault.stale-replay',
    'fault.update',
    'fault.wipe',
  ],
  ...['retype.free', 'retype.tentative'],
  ...['crash.read', 'crash.write', 'crash.announce', 'crash.ledger-write', 'crash.ledger-written'],
  ...['crash.post', 'crash.ask', 'crash.publish', 'crash.hear', 'freeze.read', 'freeze.write', 'freeze.announce'],
  ...[
    'freeze.ledger-write',
    'freeze.ledger-written',
    'freeze.publish',
    'freeze.hear',
    'steal',
    'new-device-id',
    'reclaimed',
  ],
];
