import { fireEvent, screen } from '@testing-library/dom';
import type { Framework, View } from '../../support/frameworks';

/** The name in the user's preferences, and a field for it. */
export const nameView: View = ({ useDocument }) => {
  const shown = useDocument('preferences', () => 'ui');
  return () => {
    const { document, patch, problem } = shown;
    return [
      { input: 'name', value: document?.name ?? '', onInput: (name) => patch({ name }) },
      document === undefined ? 'unknown' : document === null ? 'none' : `name: ${document.name}`,
      { id: 'problem', text: problem?.code ?? '' },
    ];
  };
};

/** Types into each field of this label. */
export async function type(framework: Framework, label: string, value: string): Promise<void> {
  const input = await screen.findByLabelText(label);
  await framework.act(() => void fireEvent.input(input, { target: { value } }));
}

/** Types the name when the document is known, and waits for nothing: it has to show at once. */
export async function typeName(framework: Framework, name: string): Promise<void> {
  await screen.findByText(/^(none|name: .*)$/);
  await type(framework, 'name', name);
  expect(screen.getByText(`name: ${name}`)).toBeTruthy();
}
