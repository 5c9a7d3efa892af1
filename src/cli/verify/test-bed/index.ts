/** What the checks use: the built app served, relays behind gateways, two devices. */
import { randomBytes } from 'node:crypto';
import { startRelay } from '../../../relay';
import type { BrowserDriver } from '../device/browser-driver';
import { makeProfile, openDevice, type Device, type Profile } from '../device/device';
import type { DriverCalls } from '../device/driver-calls';
import { VerifyCode, verifyError } from '../failure';
import type { Resources } from '../resources';
import type { TimeLimits } from '../time-limit';
import type { AppAddress } from './app-address';
import { serveBuild, type BuildServer } from './build-server';
import { makeCertificate } from './certificate';
import { startGateway, type Frame, type Gateway } from './gateway';

export interface TestBedOptions {
  /** The folder of the built app. */
  readonly build: string;
  readonly address: AppAddress;
  /** The relays that the app is built with. */
  readonly relays: readonly string[];
  /** Where their traffic goes: relays of this run, or those of the list. */
  readonly upstreams: readonly string[] | 'local';
  readonly browserDriver: BrowserDriver;
  readonly executable: string;
  readonly salt: Uint8Array | null;
}

export interface TestBed extends TestBedOptions {
  readonly limits: TimeLimits;
  readonly driver: DriverCalls;
  readonly server: BuildServer;
  /** One for each host of the relays. */
  readonly gateways: readonly (Gateway & { readonly relay: string })[];
  /** Every frame that passed a gateway, in order. */
  readonly frames: readonly Frame[];
  /** What has been typed so far. */
  readonly typed: readonly string[];
  devices: readonly [Device, Device];
  /** Whether an edit has reached the other device; `null` as long as none was made. */
  hasSynced: boolean | null;
  /** A text that stands nowhere else. */
  nextText(): string;
  /** Closes both browsers and opens them again with the same profiles. */
  reopen(): Promise<void>;
}

export interface TestBedParts {
  readonly driver: DriverCalls;
  readonly limits: TimeLimits;
  /** Takes over whatever is opened, at once. */
  readonly resources: Resources;
}

/** @throws KitError of the relays, the servers, the browsers and the driver; what is open then is closed by `resources`. */
export async function openTestBed(
  options: TestBedOptions,
  { driver, limits, resources }: TestBedParts,
): Promise<TestBed> {
  const frames: Frame[] = [];
  const certificate = makeCertificate(Date.now());
  const gateways: (Gateway & { readonly relay: string })[] = [];
  const hostRules: string[] = [];
  for (const [host, relay] of relaysByHost(options.relays)) {
    const gateway = await startGateway({
      upstream:
        options.upstreams === 'local'
          ? await startLocalRelay(resources)
          : (options.upstreams[gateways.length % options.upstreams.length] ?? ''),
      certificate,
      onFrame: (frame) => void frames.push(frame),
      resources,
    });
    gateways.push(Object.assign(gateway, { relay }));
    hostRules.push(`MAP ${host} 127.0.0.1:${gateway.port}`);
  }
  const server = await serveBuild({ folder: options.build, address: options.address, certificate, resources });
  hostRules.push(...server.hostRules);

  const profiles = [makeProfile(resources), makeProfile(resources)] as const;
  const address = server.origin + options.address.page;
  const openOne = async (profile: Profile): Promise<Device> => {
    const device = await openDevice({ ...options, hostRules, address, profile, resources });
    try {
      await driver.open(device);
    } catch (error) {
      throw missingScript(server) ?? error;
    }
    return device;
  };
  const open = async (): Promise<readonly [Device, Device]> => [await openOne(profiles[0]), await openOne(profiles[1])];
  const typed: string[] = [];
  const testBed: TestBed = {
    ...options,
    limits,
    driver,
    server,
    gateways,
    frames,
    typed,
    hasSynced: null,
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
  };
  return testBed;
}

/** What the app is not ready without. */
function missingScript({ served }: BuildServer): Error | null {
  const missing = served.find(({ path, status }) => status === 404 && /\.(m?js|wasm)$/.test(path));
  if (missing === undefined) return null;
  return verifyError(
    VerifyCode.BuildIncomplete,
    `The app asked for ${missing.path}, which is not in the build or not where the app is served. Build it again; if that changes nothing, name the path that it is made for with --base.`,
  );
}

/** A browser can be pointed elsewhere by host and port only: relays of one host share a gateway. */
function relaysByHost(relays: readonly string[]): ReadonlyMap<string, string> {
  const hosts = new Map<string, string>();
  for (const relay of relays) {
    const { hostname, port } = new URL(relay);
    const host = `${hostname}:${port || 443}`;
    if (!hosts.has(host)) hosts.set(host, relay);
  }
  return hosts;
}

async function startLocalRelay(resources: Resources): Promise<string> {
  const relay = await startRelay();
  resources.add(() => relay.stop());
  return relay.url;
}
