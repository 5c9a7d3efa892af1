/** Names that RxDB's database has itself: the engine opens no collection that is called so. A test compares them with the database. */
export const databaseNames: ReadonlySet<string> = new Set(
  `$ $emit _subs addCollections addState allowSlowCount asRxDatabase backup cleanupPolicy close closePromise closed collections collections$ collectionsSubject$ constructor emittedEventBulkIds eventBulks$ eventReduce exportJSON getReactivityFactory hashFunction idleQueue importJSON instanceCreationOptions internalStore isLeader leaderElector liveQueryUpdateThrottleTime lockedRun
  migrationStates multiInstance name observable$ onClose onClosed options password reactivity registerWebMCP remove removeCollectionDoc requestIdlePromise rxdbVersion startupErrors states storage storageInstances storageToken storageTokenDocument token waitForLeadership`.split(
    /\s+/,
  ),
);
