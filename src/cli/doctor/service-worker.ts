/** A service worker of Create React App in an app that another tool builds: browsers that have it go on showing the former build from its cache. */
import { discoverPlatform } from '../discover/platform';
import type { ProjectFiles } from '../discover/project-files';
import { findLine, isSourceName, type Evidence } from '../discover/syntax';
import { isServed } from '../homes';
import { habits } from '../homes/habits';
import type { Check } from './finding';

export const serviceWorker: Check = {
  id: 'service-worker',
  title: 'service worker',
  check({ files }) {
    const found = findFormerWorker(files);
    if (found === null) return [];
    return [
      {
        check: 'service-worker',
        code: 'SERVICE_WORKER_LEFT',
        severity: 'warning',
        evidence: found,
        what: `${found.file} is of Create React App's service worker, and the app is built by another tool.`,
        why: 'The new build has no such worker, so browsers that registered it keep it, and it goes on serving the former build from its cache.',
        how: 'Serve one at the same address that takes itself out, as public/service-worker.js, for as long as users may come back, and remove its registration from the source.',
        instead: lastServiceWorker,
      },
    ];
  },
};

/** It replaces the former one at its next check for an update, empties its caches and loads the pages again. */
export const lastServiceWorker = `self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', async () => {
  for (const name of await caches.keys()) await caches.delete(name);
  await self.registration.unregister();
  for (const page of await self.clients.matchAll({ type: 'window' })) page.navigate(page.url);
});`;

/** What shows that users may have it, in an app that no longer makes it; `null` where nothing does. */
export function findFormerWorker(files: ProjectFiles): Evidence | null {
  const { buildTool } = discoverPlatform(files);
  if (isServed(buildTool) && habits[buildTool].makesServiceWorker) return null;
  return findRegistration(files);
}

/** The registration, or the worker itself; `null` where the app takes it out already, or has none. */
export function findRegistration(files: ProjectFiles): Evidence | null {
  const sources = files.list('src').filter(isSourceName);
  const parts = [
    ...sources.filter((file) => names.test(file)),
    ...files.list('public').filter((file) => names.test(file)),
  ];
  if (parts.length === 0) return null;
  const calls = sources
    .filter((file) => !names.test(file))
    .flatMap(
      (file) =>
        findLine(file, files.read(file) ?? '', /\bserviceWorker(Registration)?\s*\.\s*(un)?register\s*\(/) ?? [],
    );
  const isTakenOut =
    calls.some(({ text }) => /\.\s*unregister\s*\(/.test(text)) ||
    parts.some((file) => file.startsWith('public/') && /\.unregister\s*\(/.test(files.read(file) ?? ''));
  if (isTakenOut) return null;
  const [part = ''] = parts;
  return calls[0] ?? findLine(part, files.read(part) ?? '', /\S/) ?? { file: part, line: 1, text: '' };
}

const names = /(^|\/)(service-worker|serviceWorker|serviceWorkerRegistration)\.[cm]?[jt]sx?$/;
