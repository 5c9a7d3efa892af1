/** The form in which an app can take the template: what its compiler reads without any change of its settings. */
import type { TemplateForm } from '../template';
import type { ProjectFiles } from './project-files';
import { tsconfigOption } from './tsconfig';

export function templateFormFor(files: ProjectFiles, language: 'typescript' | 'javascript'): TemplateForm {
  if (language === 'javascript') return 'javascript';
  return tsconfigOption(files, 'erasableSyntaxOnly', (value) => value === true) === true ? 'erasable' : 'typescript';
}
