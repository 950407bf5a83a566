import { useMemo, useState } from 'react'
import { parse } from 'yaml'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { TextArea } from '../../ui/TextArea.tsx'
import { TextField } from '../../ui/TextField.tsx'
import { keepDocument } from './known.ts'
import { callOf, operationsOf } from './operations.ts'

const SHOWN = 100

/**
 * Adds an operation of an OpenAPI document as a step. The page may not fetch from other hosts, so the person gives the
 * text of the document beside its address. The gateway reads the address when the flow is saved.
 */
export default function OpenApiDialog({
  open,
  onClose,
  onPick
}: {
  open: boolean
  onClose: () => void
  onPick: (step: { name: string; task: Record<string, unknown> }) => void
}) {
  const [address, setAddress] = useState('')
  const [text, setText] = useState('')
  const [search, setSearch] = useState('')
  const document = useMemo(() => (text.trim() === '' ? undefined : read(text)), [text])
  const operations = useMemo(() => operationsOf(document), [document])
  const wanted = search.trim().toLowerCase()
  const found = operations.filter(({ id, path, summary }) => `${id} ${path} ${summary}`.toLowerCase().includes(wanted))
  const valid = /^https?:\/\/\S+$/.test(address.trim())

  function pick(index: number): void {
    const operation = found[index]
    if (!operation) return
    keepDocument(address.trim(), document)
    onPick(callOf(address.trim(), document, operation))
    onClose()
  }

  return (
    <Dialog open={open} onClose={onClose} title="Pick an OpenAPI operation">
      <TextField
        label="Address of the document"
        hint="The gateway reads it from there when the flow is saved."
        value={address}
        onChange={setAddress}
        error={address === '' || valid ? undefined : 'An address that starts with https://'}
      />
      <div className="row items-end">
        <label className="btn">
          Choose a file…
          <input
            type="file"
            accept=".json,.yaml,.yml"
            className="sr-only"
            onChange={(event) => void event.target.files?.[0]?.text().then(setText)}
          />
        </label>
      </div>
      <TextArea
        label="The document, as JSON or YAML"
        mono
        rows={4}
        value={text}
        onChange={setText}
        error={
          text.trim() !== '' && operations.length === 0
            ? 'No operation with an operationId is in this text.'
            : undefined
        }
      />
      {operations.length > 0 && (
        <>
          <TextField label="Search operations" type="search" value={search} onChange={setSearch} />
          <ul aria-label="Operations" className="flex max-h-60 flex-col overflow-auto rounded-md border border-line">
            {found.slice(0, SHOWN).map(({ id, method, path, summary }, index) => (
              <li key={id} className="flex items-center gap-2 px-2 py-1">
                <span className="min-w-0 flex-1 break-words">
                  <strong>{id}</strong>{' '}
                  <span className="dim small">
                    {method.toUpperCase()} {path} {summary}
                  </span>
                </span>
                <Button disabled={!valid} aria-label={`Call ${id}`} onClick={() => pick(index)}>
                  Call
                </Button>
              </li>
            ))}
          </ul>
        </>
      )}
    </Dialog>
  )
}

function read(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    try {
      return parse(text, { maxAliasCount: 100, logLevel: 'silent' }) as unknown
    } catch {
      return undefined
    }
  }
}
