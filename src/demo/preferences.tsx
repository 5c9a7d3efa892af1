/** Settings that follow the user: one document, each property of which merges by itself. */
import { useDocument } from '../lib/react';
import type { Preferences } from '../lib/schema';

export const preferencesId = 'ui';

const themes = [
  ['system', 'System'],
  ['light', 'Light'],
  ['dark', 'Dark'],
] as const;
const densities = [
  ['comfortable', 'Comfortable'],
  ['compact', 'Compact'],
] as const;
const accents = [
  ['indigo', 'Indigo'],
  ['teal', 'Teal'],
  ['rose', 'Rose'],
  ['amber', 'Amber'],
] as const;

const defaults: Omit<Preferences, 'id'> = { name: '', theme: 'system', accent: 'indigo', density: 'comfortable' };

export function PreferencesForm() {
  const [stored, patch, problem] = useDocument('preferences', preferencesId);
  const preferences = stored ?? defaults;
  return (
    <section className="preferences" aria-label="Preferences" data-testid="preferences">
      <h2>Preferences</h2>
      <label className="field">
        <span>Your name</span>
        <input
          value={preferences.name}
          onChange={({ target }) => patch({ name: target.value })}
          maxLength={80}
          autoComplete="off"
          placeholder="Nobody yet"
          data-testid="preference-name"
        />
      </label>
      <Choice
        label="Theme"
        name="theme"
        value={preferences.theme}
        options={themes}
        onChange={(theme) => patch({ theme })}
      />
      <Choice
        label="Density"
        name="density"
        value={preferences.density}
        options={densities}
        onChange={(density) => patch({ density })}
      />
      <Choice
        label="Accent"
        name="accent"
        value={preferences.accent}
        options={accents}
        onChange={(accent) => patch({ accent })}
        isSwatch
      />
      {problem && (
        <p className="refusal" role="alert">
          {problem.message}
        </p>
      )}
    </section>
  );
}

interface ChoiceProps<Value extends string> {
  readonly label: string;
  readonly name: string;
  readonly value: string;
  readonly options: readonly (readonly [value: Value, label: string])[];
  readonly onChange: (value: Value) => void;
  readonly isSwatch?: boolean;
}

/** Radio buttons drawn as one control, so that arrow keys and assistive technology work as they do everywhere. */
function Choice<Value extends string>({ label, name, value, options, onChange, isSwatch }: ChoiceProps<Value>) {
  return (
    <fieldset className="field">
      <legend>{label}</legend>
      <div className={isSwatch ? 'swatches' : 'segments'}>
        {options.map(([option, text]) => (
          <label key={option} title={isSwatch ? text : undefined} data-accent={isSwatch ? option : undefined}>
            <input
              type="radio"
              name={name}
              value={option}
              checked={value === option}
              onChange={() => onChange(option)}
              data-testid={`preference-${name}-${option}`}
            />
            <span>{text}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
