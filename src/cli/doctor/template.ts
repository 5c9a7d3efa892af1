import { resolvePackage } from '../discover/installed-packages';
import { findLine } from '../discover/syntax';
import { writtenOf } from '../installation-record';
import { templateFolder } from '../kit';
import { blackBoxSource, templateModule, templateNames, templateVersionIn } from '../template';
import type { Check, CheckContext, Finding } from './finding';

/** The eight files are there, are whole, and fit the installed runtime. */
export const template: Check = {
  id: 'template',
  title: 'template',
  check(context) {
    return [...missingFiles(context), ...conflictMarks(context), ...versionFindings(context), ...abiFindings(context)];
  },
};

function missingFiles({ files, dir, form, framework }: CheckContext): readonly Finding[] {
  return templateNames(form, framework)
    .map((name) => `${dir}/${name}`)
    .filter((path) => files.read(path) === null)
    .map((path) => ({
      check: 'template',
      code: 'TEMPLATE_FILE_MISSING',
      severity: 'error',
      command: 'npx zero-backend-sync update',
      what: `${path} is missing.`,
      why: 'It is one of the eight files that open the engine.',
      how: 'Restore it from git, or run "npx zero-backend-sync update", which writes it again.',
    }));
}

function conflictMarks({ files, dir, form, framework }: CheckContext): readonly Finding[] {
  return templateNames(form, framework).flatMap((name): Finding[] => {
    const path = `${dir}/${name}`;
    const evidence = findLine(path, files.read(path) ?? '', /^<{7} /);
    if (evidence === null) return [];
    return [
      {
        check: 'template',
        code: 'TEMPLATE_CONFLICT',
        severity: 'error',
        what: `${path} holds conflict marks.`,
        why: 'An update and the app changed the same lines, and nobody has chosen yet.',
        how: 'Keep the lines that are right and remove the marks (<<<<<<<, =======, >>>>>>>).',
        evidence,
      },
    ];
  });
}

function versionFindings({ files, dir, form }: CheckContext): readonly Finding[] {
  const path = `${dir}/${templateModule(form, 'types')}`;
  const text = files.read(path);
  if (text === null) return [];
  const evidence = findLine(path, text, /TEMPLATE_VERSION/);
  const finding = { check: 'template', severity: 'error', ...(evidence && { evidence }) } as const;
  const present = templateVersionIn(text);
  if (present === null) {
    return [
      {
        ...finding,
        code: 'TEMPLATE_MISMATCH',
        what: `${path} exports no TEMPLATE_VERSION.`,
        why: 'The build and the engine cannot tell whether the template fits the installed package.',
        how: `Restore the line from git or from ${writtenOf(path)}.`,
      },
    ];
  }
  const runtime = runtimeVersion(files);
  if (runtime === null || runtime.templateVersion === present) return [];
  const isNewer = present > runtime.templateVersion;
  return [
    {
      ...finding,
      code: 'TEMPLATE_MISMATCH',
      ...(!isNewer && { command: 'npx zero-backend-sync update' }),
      what: `The template is of version ${present}; the installed zero-backend-sync ${runtime.version} works with version ${runtime.templateVersion}.`,
      why: 'The eight files call the package in a way that only their own version of it understands.',
      how: isNewer
        ? 'Install the package that the template was made for, from where it comes: npm install $KIT, where KIT is the newer tarball.'
        : 'Update the template: npx zero-backend-sync update',
    },
  ];
}

/** What the installed package works with, as its own template says. `null` where it is not installed. */
function runtimeVersion(
  files: CheckContext['files'],
): { readonly version: string; readonly templateVersion: number } | null {
  const kit = resolvePackage(files, 'zero-backend-sync');
  const templateVersion = templateVersionIn(
    kit === null
      ? null
      : files.read(`${kit.place}/${templateFolder}/typescript/${templateModule('typescript', 'types')}`),
  );
  return kit === null || templateVersion === null ? null : { version: kit.version, templateVersion };
}

/** Without `abi()` the runtime cannot tell which black box it was given, and refuses it. */
function abiFindings({ files, dir }: CheckContext): readonly Finding[] {
  const path = `${dir}/${blackBoxSource}`;
  const text = files.read(path);
  if (text === null || /^export function abi\s*\(/m.test(text)) return [];
  return [
    {
      check: 'template',
      code: 'BLACK_BOX_ABI',
      severity: 'error',
      what: `${path} exports no function abi().`,
      why: 'The engine asks the black box which interface it has, and does not start without an answer.',
      how: `Restore the function from git or from ${writtenOf(path)}.`,
    },
  ];
}
