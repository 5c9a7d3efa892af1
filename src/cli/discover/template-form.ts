/** The form in which an app can take the template: what its compiler reads without any change of its settings. */
import type { TemplateForm } from '../template';
import type { ProjectFiles } from './project-files';
import { optionIn } from './tsconfig';

export function templateFormFor(files: ProjectFiles, language: 'typescript' | 'javascript'): TemplateForm {
  if (language === 'javascript') return 'javascript';
  // What needs it most decides: a configuration that covers the sources may be one that tsconfig.json does not name.
  const configs = files.list('').filter((file) => /^tsconfig(\.[\w-]+)*\.json$/.test(file));
  const isErasable = (file: string) => optionIn(files, file, 'erasableSyntaxOnly', (value) => value === true) === true;
  return configs.some(isErasable) ? 'erasable' : 'typescript';
}
