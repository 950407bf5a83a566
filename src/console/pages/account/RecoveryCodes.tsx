import { saveFile } from '../../lib/save-file.ts'
import { Button } from '../../ui/Button.tsx'
import { Check } from '../../ui/Check.tsx'
import { Copy } from '../../ui/Copy.tsx'
import { Section } from '../../ui/Section.tsx'

/** The recovery codes, shown until they are stored. */
export function RecoveryCodes({
  title,
  codes,
  stored,
  onStored
}: {
  title: string
  codes: readonly string[]
  stored: boolean
  onStored: (stored: boolean) => void
}) {
  const text = codes.join('\n')
  return (
    <Section title={title}>
      <p className="dim">Each signs in once in place of a code, if the phone is lost. They are shown this once.</p>
      <ul aria-label="Recovery codes" className="mono grid gap-1 sm:grid-cols-2">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className="row">
        <Copy text={text} label="Copy" done="Recovery codes copied" />
        <Button onClick={() => saveFile('sluice-recovery-codes.txt', 'text/plain', `${text}\n`)}>Download</Button>
      </div>
      <Check label="I have stored the codes" checked={stored} onChange={onStored} />
    </Section>
  )
}
