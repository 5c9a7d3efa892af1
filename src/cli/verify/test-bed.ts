/** What the checks use: the built app served, relays behind gateways, two devices. */
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { startRelay } from '../../relay';
import { makeProfile, openDevice, type Device } from './browser';
import type { BrowserDriver } from './browser-driver';
import { serveBuild, type BuildServer } from './build-server';
import { makeCertificate } from './certificate';
import type { Driver } from './driver';
import { startGateway, type Gateway } from './gateway';

export interface TestBedOptions {
  /** The folder of the built app. */
  readonly build: string;
  /** The path that it is served under, with slashes at both ends. */
  readonly base: string;
  /** The relays that the app is built with. */
  readonly relays: readonly string[];
  /** Where their traffic goes: relays of this run, or those of the list. */
  readonly upstreams: readonly string[] | 'local';
  readonly driver: Driver;
  readonly browserDriver: BrowserDriver;
  readonly executable: string;
  readonly salt: Uint8Array | null;
  /** How long an edit may be on its way before it counts as lost, in ms; three times that while the app starts. Default: 20,000. */
  readonly arrivalTimeoutMs?: number;
}

export interface TestBed extends TestBedOptions {
  readonly arrivalTimeoutMs: number;
  readonly server: BuildServer;
  readonly gateways: readonly Gateway[];
  /** Every frame that passed a gateway, in order. */
  readonly frames: readonly { readonly text: string; readonly isFromApp: boolean }[];
  /** What has been typed so far. */
  readonly typed: readonly string[];
  devices: readonly [Device, Device];
  /** A text that stands nowhere else. */
  nextText(): string;
  /** Closes both browsers and opens them again with the same profiles. */
  reopen(): Promise<void>;
  stop(): Promise<void>;
}

/** @param signal stops what is going on, browsers included; whatever waits for them rejects. */
export async function openTestBed(options: TestBedOptions, signal?: AbortSignal): Promise<TestBed> {
  const closing: (() => Promise<void>)[] = [];
  let stopping = Promise.resolve();
  // A second call waits for the first one, and closes what was opened meanwhile.
  const stop = () =>
    (stopping = stopping.then(async () => {
      for (const close of closing.splice(0).reverse()) await close().catch(() => {});
    }));
  signal?.addEventListener('abort', () => void stop(), { once: true });
  try {
    const frames: { text: string; isFromApp: boolean }[] = [];
    const certificate = makeCertificate(Date.now());
    const gateways: Gateway[] = [];
    for (const [index] of options.relays.entries()) {
      const gateway = await startGateway({
        upstream:
          options.upstreams === 'local'
            ? await startLocalRelay(closing)
            : (options.upstreams[index % options.upstreams.length] ?? ''),
        certificate,
        onFrame: (text, isFromApp) => void frames.push({ text, isFromApp }),
      });
      closing.push(() => gateway.stop());
      gateways.push(gateway);
    }
    const hostRules = options.relays.map(
      (relay, index) => `MAP ${new URL(relay).hostname} 127.0.0.1:${gateways[index]?.port}`,
    );
    const server = await serveBuild(options.build, options.base);
    closing.push(() => server.stop());

    const profiles = [makeProfile(), makeProfile()] as const;
    for (const profile of profiles)
      closing.push(async () => fs.rmSync(profile, { recursive: true, force: true, maxRetries: 5 }));
    const address = server.origin + options.base;
    const open = async (): Promise<readonly [Device, Device]> => {
      const first = await openDevice({ ...options, hostRules, address, profile: profiles[0] });
      closing.push(() => first.close());
      const second = await openDevice({ ...options, hostRules, address, profile: profiles[1] });
      closing.push(() => second.close());
      return [first, second];
    };
    const typed: string[] = [];
    const testBed: TestBed = {
      ...options,
      arrivalTimeoutMs: options.arrivalTimeoutMs ?? 20_000,
      server,
      gateways,
      frames,
      typed,
      devices: await open(),
      nextText() {
        const text = `zbs-verify ${randomBytes(6).toString('hex')}`;
        typed.push(text);
        return text;
      },
      async reopen() {
        for (const device of testBed.devices) await device.close();
        testBed.devices = await open();
      },
      stop,
    };
    return testBed;
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startLocalRelay(closing: (() => Promise<void>)[]): Promise<string> {
  const relay = await startRelay();
  closing.push(() => relay.stop());
  return relay.url;
}
