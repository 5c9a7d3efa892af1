interface SwitchProps {
  readonly label: string;
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
  readonly testId: string;
  /** For assistive technology, where the label alone does not say what is switched. */
  readonly description?: string;
}

export function Switch({ label, isOn, onChange, testId, description }: SwitchProps) {
  return (
    <label className="switch">
      <span>{label}</span>
      <input
        type="checkbox"
        role="switch"
        checked={isOn}
        aria-label={description ?? label}
        data-testid={testId}
        onChange={({ target }) => onChange(target.checked)}
      />
    </label>
  );
}
