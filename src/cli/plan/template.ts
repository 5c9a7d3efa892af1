/** The part of a plan that writes the eight files of the template, in the form that the app's language asks for. */
import { KitError } from '../../preset/kit-error';
import { isObject } from '../discover/package-json';
import { withPermanentConfig } from '../app-config';
import { parseJson, setJson } from '../edit/json';
import { gitIgnores, whyIgnored } from '../committed';
import { stateFolder, writtenOf, type InstallationRecord } from '../installation-record';
import { templateFrameworkOf } from '../template';
import type { Draft, PlanRequest } from './plan';

/** @throws KitError DIR_TAKEN, GIT_IGNORES, TEMPLATE_MISSING */
export function planTemplate(request: PlanRequest, fingerprint: string, draft: Draft): void {
  const { files, answers, kit, record, facts, ignored = [] } = request;
  const { dir } = answers;
  const framework = record?.framework ?? templateFrameworkOf(facts.platform.framework);
  const template = kit.template(record?.form ?? facts.form, framework);
  const isInstalled = record?.dir === dir;
  const inTheWay = Object.keys(template)
    .map((name) => `${dir}/${name}`)
    .filter((path) => files.read(path) !== null);
  if (!isInstalled && inTheWay.length > 0) {
    throw new KitError(
      'DIR_TAKEN',
      `${dir} already holds ${inTheWay.slice(0, 3).join(', ')}, which this command did not write and does not overwrite. Nothing was changed. Choose another folder: --dir src/sync.`,
    );
  }
  const outOfReach = ignored.find(({ file }) => file.startsWith(`${dir}/`));
  if (outOfReach !== undefined && !isInstalled) throw gitIgnores(outOfReach);
  if (outOfReach !== undefined) draft.byHand(whyIgnored(outOfReach));
  if (facts.dir.ignored !== undefined && dir === facts.dir.proposed)
    draft.note(`The template goes to ${dir}, because ${facts.dir.ignored}.`);
  for (const [name, text] of Object.entries(template)) {
    const path = `${dir}/${name}`;
    // The app owns its template: what is there stays, and `update` brings what is new. What is missing comes back as it was written.
    if (files.read(path) !== null) continue;
    const after = isInstalled
      ? (files.read(writtenOf(path)) ?? restored(name, text, record))
      : name === 'config.json'
        ? appConfig(text, request, fingerprint)
        : text;
    if (after !== null) {
      draft.write({ path, before: null, after, role: 'template', why: 'your side of the sync engine' });
    } else {
      draft.byHand(
        `${path} is missing, and ${stateFolder} holds no copy of it. Restore it from git: another appId or salt would lock every user out.`,
      );
    }
  }
}

/** A file that is lost together with its copy: as it is shipped, but for what is the app's own and permanent. `null` where nobody knows that any more. */
function restored(name: string, shipped: string, { app }: InstallationRecord): string | null {
  if (name !== 'config.json') return shipped;
  return app === undefined ? null : withPermanentConfig(shipped, app);
}

/** config.json with what is the app's own and permanent: its id, its salt, and the day before which it holds no data. */
function appConfig(text: string, { facts, random, now }: PlanRequest, fingerprint: string): string {
  const shipped = parseJson('config.json', text);
  const shippedDay = isObject(shipped) && typeof shipped.notBefore === 'string' ? shipped.notBefore : '';
  const today = new Date(now()).toISOString().slice(0, 10);
  const own = {
    appId: `${facts.platform.name}/${Buffer.from(random(8)).toString('hex')}`,
    salts: [{ id: '1', env: 'SYNC_SALT', fingerprint }],
    // A computer whose clock is behind is recognised by the day on which the kit was made.
    notBefore: today > shippedDay ? today : shippedDay,
  };
  return Object.entries(own).reduce((json, [key, value]) => setJson('config.json', json, [key], value), text);
}
