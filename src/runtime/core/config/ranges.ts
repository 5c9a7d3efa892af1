/** The tuning numbers of config.json. */

/** Allowed range of each tuning number, by section. Each has its value in defaults.json, and config.json may override it by name. */
export const ranges = {
  connection: {
    connectTimeoutMs: [100, 60_000],
    /** A relay that drops while another one is connected is connected to again after a random time up to this one. */
    dropSpreadMs: [0, 60_000],
    /** The same where no other one is, or when the network may have changed. */
    hurrySpreadMs: [0, 10_000],
    /** The shortest back-off while another relay is connected. */
    calmBackOffMs: [100, 60_000],
    backOffMinMs: [10, 10_000],
    backOffMaxMs: [100, 600_000],
    attemptsPerWindow: [1, 20],
    attemptWindowMs: [1_000, 600_000],
    answerTimeoutMs: [500, 120_000],
    challengeWaitMs: [0, 10_000],
    silenceMs: [5_000, 3_600_000],
    probeTimeoutMs: [200, 60_000],
    kickProbeTimeoutMs: [200, 60_000],
    /** After so long a silence of all relays one of them is asked whether the network is there, and for so long an answer is waited for. */
    heartbeatMs: [500, 3_600_000],
    heartbeatTimeoutMs: [500, 60_000],
    /** When nothing was written or came in for `restsAfterMs`, each relay is asked so often. */
    restingHeartbeatMs: [5_000, 3_600_000],
    restsAfterMs: [1_000, 3_600_000],
    /** Of the slowest line on which a device does not count as cut off while something is on its way. */
    slowBytesPerSecond: [1_000, 1_000_000],
    resubscribeMinMs: [50, 60_000],
    resubscribeMaxMs: [1_000, 3_600_000],
    maxFrameBytes: [65_536, 8_388_608],
    /** The file of `relaysUrl` is asked for again after so long, and may have so many bytes. */
    relayListIntervalMs: [60_000, 604_800_000],
    relayListBytes: [1_024, 1_048_576],
  },
  publishing: {
    burst: [1, 100],
    perSecond: [0.1, 100],
    maxPerSecond: [0.1, 100],
    minPerMinute: [0.01, 600],
    raisePerWrite: [0, 10],
    maxInFlight: [1, 100],
    retryMinMs: [100, 60_000],
    retryMaxMs: [1_000, 3_600_000],
    readBackDelayMs: [0, 10_000],
    readBackIntervalMs: [100, 60_000],
    maxEventBytes: [16_384, 1_048_576],
    minEventBytes: [1_024, 65_536],
  },
  reading: {
    pageLimit: [10, 5_000],
    maxPages: [10, 100_000],
    addressesPerRequest: [1, 500],
    liveLimit: [1, 500],
    concurrentReads: [1, 20],
    triesPerRead: [1, 20],
    manifestIntervalMs: [10_000, 86_400_000],
    /** For so long a relay that answered, and showed nothing, may be one of those that are slow to show. */
    patienceMs: [1_000, 600_000],
    fullReadAfterMs: [60_000, 604_800_000],
    /** A new device reads one relay in full before the others. The next one takes its turn when nothing came for so long, or after so long in all. */
    firstReadStallMs: [100, 60_000],
    firstReadMaxMs: [500, 600_000],
    /** What a device wrote from so long before its manifest to so long after it may not be named there. */
    unnamedBeforeMs: [0, 3_600_000],
    unnamedAfterMs: [60_000, 86_400_000],
    /** A relay that was not read in full is compared at rest so long afterwards. */
    comparisonDelayMs: [0, 3_600_000],
    comparisonJitterMs: [0, 3_600_000],
    repairDelayMs: [0, 3_600_000],
    repairJitterMs: [0, 3_600_000],
    rememberedEvents: [100, 1_000_000],
  },
  /** What a relay may send (docs/relays.md, section 5). Pairs are a burst and what comes back of it in a second. */
  inbound: {
    askedEventBytes: [16_384, 1_048_576],
    liveEvents: [100, 1_000_000],
    liveEventsPerSecond: [10, 100_000],
    liveBytes: [1_048_576, 1_073_741_824],
    liveBytesPerSecond: [65_536, 1_073_741_824],
    strayFrames: [50, 1_000_000],
    strayFramesPerSecond: [5, 100_000],
    strayBytes: [1_048_576, 1_073_741_824],
    strayBytesPerSecond: [16_384, 1_073_741_824],
    signatureChecks: [10, 10_000],
    signatureChecksPerSecond: [5, 10_000],
    misdeeds: [1, 1_000_000],
    misdeedsForgivenPerHour: [1, 1_000_000],
    /** A relay that was too much is connected to again after so long, if it is still to be used. */
    suspendedMs: [1_000, 86_400_000],
  },
  replica: {
    /** Padded size of a full page; docs/protocol.md, section 2, allows no more. */
    pageBytes: [4_096, 32_768],
    shortestFlushMs: [0, 60_000],
    /** Maintenance starts when nothing was flushed for so long. */
    idleMs: [100, 3_600_000],
    manifestIntervalMs: [60_000, 86_400_000],
    /** What another device wrote and no relay holds any more is adopted when it is still missing after so long. */
    adoptAfterMs: [60_000, 2_592_000_000],
    auditIntervalMs: [60_000, 2_592_000_000],
    /** Between two audits that something gives rise to. */
    auditGapMs: [1_000, 86_400_000],
    /** Until a writer that storage has failed is followed by another; twice as long each time. */
    restartMinMs: [100, 600_000],
    restartMaxMs: [1_000, 3_600_000],
    /** A tab that does not sync asks the one that does for a sign of life, and after such a silence takes over. */
    holderPingMs: [50, 60_000],
    holderSilenceMs: [200, 600_000],
  },
  demotion: {
    lies: [1, 100],
    refusedMs: [60_000, 2_592_000_000],
    unreachableAfterMs: [1_000, 3_600_000],
    /** A relay that is connected and of no use loses its place after so long. */
    uselessAfterMs: [1_000, 3_600_000],
    /** What may pass sooner than a relay's policy: it does not answer, shows nothing, does not accept who we are. */
    passingMs: [10_000, 86_400_000],
    graceMs: [0, 600_000],
  },
  /** The sockets beside those of the active relays: they go round the others that are known (docs/relays.md, section 4). */
  visits: {
    sockets: [0, 4],
    firstAfterMs: [0, 600_000],
    /** For so long after that the relays in use are read first. */
    settleMs: [0, 600_000],
    intervalMs: [10_000, 86_400_000],
    /** After a visit that brought something new; twice as long after each that did not. */
    newsIntervalMs: [1_000, 86_400_000],
    /** While fewer relays are connected than make a write durable. */
    scarceIntervalMs: [1_000, 86_400_000],
    /** For a relay of the list that could not be reached and has its place again when it can. */
    returnIntervalMs: [1_000, 86_400_000],
    /** For the relays of the list while none is connected. */
    cutOffIntervalMs: [1_000, 86_400_000],
    longestMs: [1_000, 600_000],
    /** A relay that was read completely is read from its last visit on, until so long has passed. */
    fullReadAfterMs: [60_000, 31_536_000_000],
    /** By so much clocks may differ. */
    sinceSlackMs: [0, 86_400_000],
    /** Relays beside those of the list, and of one manifest, that are followed. */
    mostRelays: [0, 100],
    mostPerManifest: [0, 8],
    heardWithinMs: [60_000, 31_536_000_000],
  },
} as const;

export type Ranges = typeof ranges;
export type Numbers<Section> = { readonly [Name in keyof Section]: number };

export type ConnectionConfig = Numbers<Ranges['connection']>;
export type PublishingConfig = Numbers<Ranges['publishing']>;
export type ReadingConfig = Numbers<Ranges['reading']>;
export type InboundConfig = Numbers<Ranges['inbound']>;
export type ReplicaConfig = Numbers<Ranges['replica']>;
export type DemotionConfig = Numbers<Ranges['demotion']>;
export type VisitsConfig = Numbers<Ranges['visits']>;
