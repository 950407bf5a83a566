import { useStored, writeStored } from '../../lib/stored.ts'
import { Radios } from '../../ui/Radios.tsx'
import { Section } from '../../ui/Section.tsx'
import { Switch } from '../../ui/Switch.tsx'
import { setTheme, useTheme } from '../../frame/theme.ts'

/** Preferences of this browser, which are stored in it and not with the account. */
export function PreferencesTab() {
  const theme = useTheme()
  const keys = useStored('keys') !== 'off'
  const times = useStored('times') === 'utc' ? 'utc' : 'local'
  return (
    <Section title="In this browser">
      <div className="stack">
        <Radios
          legend="Theme"
          value={theme}
          onChange={setTheme}
          choices={[
            { value: 'system', label: 'System' },
            { value: 'light', label: 'Light' },
            { value: 'dark', label: 'Dark' }
          ]}
        />
        <Radios
          legend="Times in tables"
          value={times}
          onChange={(next) => writeStored('times', next === 'utc' ? 'utc' : undefined)}
          choices={[
            { value: 'local', label: 'Local time' },
            { value: 'utc', label: 'UTC' }
          ]}
        />
        <div>
          <Switch
            label="Single-letter keys"
            checked={keys}
            onChange={(on) => writeStored('keys', on ? undefined : 'off')}
          />
          <p className="dim small">Keys such as g t and ? go to pages. Ctrl K always works.</p>
        </div>
      </div>
    </Section>
  )
}
