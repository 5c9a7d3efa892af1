/** The built demo on two ports of localhost: two origins to a browser, which makes two devices of one machine. */
import * as fs from 'node:fs';
import { createServer, type Server } from 'node:http';
import * as path from 'node:path';
import { relaySwitches, relaysPath } from '../../preset/dev-server';
import type { DevRelays } from '../../preset/dev-relays';
import { KitError } from '../../preset/kit-error';

export interface DemoSite {
  stop(): Promise<void>;
}

export interface DemoSiteOptions {
  /** Where the build has put the demo. */
  readonly folder: string;
  /** One a device. */
  readonly ports: readonly number[];
  readonly relays: DevRelays;
}

interface Served {
  readonly type: string;
  readonly body: Buffer;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

/** Resolves when both ports listen, on loopback alone. @throws KitError DEMO_MISSING, DEMO_PORT_TAKEN */
export async function serveDemo({ folder, ports, relays }: DemoSiteOptions): Promise<DemoSite> {
  const files = readDemo(folder, { devicePorts: ports.join(), relays: (await relays.start()).join() });
  const switches = relaySwitches(relays);
  const servers: Server[] = [];
  const stop = () => Promise.all(servers.map(close)).then(() => undefined);
  try {
    for (const port of ports) servers.push(await listen(port));
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };

  function listen(port: number): Promise<Server> {
    const server = createServer((request, response) => {
      const [pathname = '/'] = (request.url ?? '/').split(/[?#]/);
      if (pathname === relaysPath || pathname.startsWith(`${relaysPath}/`)) {
        request.url = pathname.slice(relaysPath.length) || '/';
        return switches(request, response, () => void response.writeHead(500).end());
      }
      // The map is all there is, so no path leads out of it.
      const file = files.get(pathname === '/' ? '/index.html' : pathname);
      response.writeHead(file ? 200 : 404, { 'content-type': file?.type ?? 'text/plain', 'cache-control': 'no-store' });
      response.end(file?.body ?? 'There is nothing here.\n');
    });
    return new Promise((resolve, reject) => {
      server.once('error', ({ code, message }: NodeJS.ErrnoException) =>
        reject(
          new KitError('DEMO_PORT_TAKEN', `Port ${port} cannot be opened (${code ?? message}). Name another one.`),
        ),
      );
      server.listen(port, '127.0.0.1', () => resolve(server));
    });
  }
}

/** By path. The page is told which ports are devices and where its relays are. */
function readDemo(
  folder: string,
  { devicePorts, relays }: { readonly devicePorts: string; readonly relays: string },
): ReadonlyMap<string, Served> {
  if (!fs.existsSync(path.join(folder, 'index.html')))
    throw new KitError(
      'DEMO_MISSING',
      `There is no built demo in ${folder}. In a clone, build it first: npm run build`,
    );
  return new Map(
    fs.readdirSync(folder).map((name) => {
      const bytes = fs.readFileSync(path.join(folder, name));
      const body = name.endsWith('.html')
        ? Buffer.from(
            bytes
              .toString('utf8')
              .replace('%REACT_APP_DEVICE_PORTS%', devicePorts)
              .replace('%REACT_APP_RELAYS%', relays),
          )
        : bytes;
      return [`/${name}`, { type: types[path.extname(name)] ?? 'text/plain; charset=utf-8', body }];
    }),
  );
}

function close(server: Server): Promise<void> {
  return new Promise((closed) => {
    server.close(() => closed());
    server.closeAllConnections();
  });
}
