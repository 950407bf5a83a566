import { useState } from 'react'
import { useRead } from '../../api/use-api.ts'
import type { Listener, Token } from '../../api/types.ts'
import { exampleQuery } from '../../lib/example-query.ts'
import { saveFile } from '../../lib/save-file.ts'
import { snippetsOf, type Snippet } from '../../lib/snippets.ts'
import { Button } from '../../ui/Button.tsx'
import { Check } from '../../ui/Check.tsx'
import { Code } from '../../ui/Code.tsx'
import { Copy } from '../../ui/Copy.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { Section } from '../../ui/Section.tsx'
import { Select } from '../../ui/Select.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { Tabs } from '../../ui/Tabs.tsx'
import type { HeldSecret } from '../../lib/held-secret.ts'
import { inScope, useAllListeners } from './listeners.ts'
import { SendFromHere } from './SendFromHere.tsx'

/** Shows how to call a listener with the token. While the token is shown, the lines can contain it. */
export function UseIt({ token, held }: { token: Token; held: HeldSecret | undefined }) {
  const { listeners, loading, error, refetch } = useAllListeners()
  const usable = listeners.filter((listener) => listener.enabled && inScope(token.scope, listener))
  const [chosen, setChosen] = useState<string>()
  const listener = usable.find(({ id }) => id === chosen) ?? usable[0]
  return (
    <Section title="Call a listener with it">
      {error !== undefined && <ErrorNote error={error} onRetry={refetch} />}
      {listener ? (
        <>
          {usable.length > 1 && (
            <Select
              label="Listener"
              value={listener.id}
              options={usable.map(({ id, name }) => ({ value: id, label: name }))}
              onChange={setChosen}
            />
          )}
          <Snippets key={listener.id} listener={listener} held={held} />
        </>
      ) : loading ? (
        <Skeleton />
      ) : (
        error === undefined && (
          <p className="dim">There is no listener that it may call. A listener is a URL that runs a flow.</p>
        )
      )}
    </Section>
  )
}

function Snippets({ listener, held }: { listener: Listener; held: HeldSecret | undefined }) {
  const [language, setLanguage] = useState('curl')
  const [filled, setFilled] = useState(true)
  const flow = useRead<{ document: unknown }>(`/v1/flows/${listener.flowId}`)
  // Waits for the flow, because a line without its required input would be copied and refused.
  if (flow.data === undefined && !flow.error) return <Skeleton />
  const method = listener.methods?.[0] ?? 'GET'
  const url = listener.url + exampleQuery(flow.data?.document)
  const snippets = snippetsOf({ method, url, token: filled ? held?.value : undefined })
  return (
    <>
      <Tabs
        label="Language"
        value={language}
        onChange={setLanguage}
        tabs={snippets.map((snippet) => ({
          value: snippet.value,
          label: snippet.label,
          content: <SnippetView snippet={snippet} />
        }))}
      />
      {held && <Check label="Put the token in while it is shown" checked={filled} onChange={setFilled} />}
      {held && <SendFromHere method={method} url={url} token={held.value} />}
    </>
  )
}

function SnippetView({ snippet: { value, label, text } }: { snippet: Snippet }) {
  return (
    <div className="flex flex-col gap-2">
      <Code text={text} label={`${label} example`} />
      <div className="row">
        <Copy text={text} label="Copy" done="Example copied" />
        {value === 'postman' && (
          <Button onClick={() => saveFile('sluice.postman_collection.json', 'application/json', text)}>Download</Button>
        )}
      </div>
    </div>
  )
}
