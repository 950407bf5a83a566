import { useState } from 'react'
import { useAbout } from '../../api/about.ts'
import type { Action } from '../../api/types.ts'
import { Code } from '../../ui/Code.tsx'
import { Note } from '../../ui/Note.tsx'
import { Section } from '../../ui/Section.tsx'
import { Tabs } from '../../ui/Tabs.tsx'

/** The code for the page and the back end of the service. */
export function ActionSnippets({ action }: { action: Action }) {
  const [side, setSide] = useState('page')
  const base = useAbout().data?.publicUrl ?? location.origin
  const { actionPackageId, origins, listeners } = action
  const listener = listeners[0] ?? 'lsn_…'
  const snippets = [
    { value: 'page', label: 'In the page', text: pageSnippet(base, actionPackageId, listener) },
    { value: 'backend', label: 'In the back end', text: backEndSnippet(base) }
  ]
  return (
    <div className="stack max-w-[900px]">
      {origins.length === 0 && (
        <Note>No origin is named yet: browsers let no page of another site call. Add one in Settings.</Note>
      )}
      {listeners.length === 0 && <Note>No listener is named yet: its tokens may call nothing.</Note>}
      <Section title="Put it into the service">
        <p className="dim">
          The page gets a token of 30 minutes for its user, and calls listeners with it. The back end asks whose token
          it is.
        </p>
        <Tabs
          label="Where"
          value={side}
          onChange={setSide}
          tabs={snippets.map(({ value, label, text }) => ({
            value,
            label,
            content: <Code text={text} label={`${label}: example`} copy="Copy" />
          }))}
        />
      </Section>
    </div>
  )
}

function pageSnippet(base: string, actionPackageId: string, listener: string): string {
  return [
    '<script type="module">',
    `  import { createSluice } from '${base}/sdk/sluice.js'`,
    '',
    '  const sluice = createSluice({',
    `    baseUrl: '${base}',`,
    `    actionPackageId: '${actionPackageId}',`,
    '    // The JWT of the user, signed by your own back end.',
    "    getSession: () => fetch('/sluice-token').then((answer) => answer.text())",
    '  })',
    `  const answer = await sluice.performHttpRequest('${listener}', { method: 'GET' })`,
    '  console.log(answer)',
    '</script>'
  ].join('\n')
}

function backEndSnippet(base: string): string {
  return [
    '// The page sends the integration token along; this says whose it is.',
    `const answer = await fetch('${base}/v1/users/me', { headers: { accessToken: token } })`,
    "if (!answer.ok) throw new Error('the token is not taken')",
    'const { id, name, actionPackageId } = await answer.json()'
  ].join('\n')
}
