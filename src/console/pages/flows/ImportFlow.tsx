import { useState } from 'react'
import { importFlow, type ImportedText } from '../../flow/import/import-flow.ts'
import { Button } from '../../ui/Button.tsx'
import { Note } from '../../ui/Note.tsx'
import { TextArea } from '../../ui/TextArea.tsx'

/** Imports a file of another tool, which is read in the browser, and shows the notes. */
export function ImportFlow({ onImported }: { onImported: (text: string) => void }) {
  const [file, setFile] = useState('')
  const [done, setDone] = useState<ImportedText>()
  const [fault, setFault] = useState<string>()

  function take(): void {
    try {
      const imported = importFlow(file)
      setDone(imported)
      setFault(undefined)
      onImported(imported.text)
    } catch (error) {
      setDone(undefined)
      setFault(error instanceof Error ? error.message : String(error))
    }
  }

  return (
    <div className="flex min-w-0 flex-col gap-3">
      <label className="btn">
        Choose a file…
        <input
          type="file"
          accept=".json"
          className="sr-only"
          onChange={(event) => void event.target.files?.[0]?.text().then(setFile)}
        />
      </label>
      <TextArea
        label="Workflow or collection"
        hint="The JSON that n8n downloads, or a collection of Postman. It stays in this browser."
        mono
        rows={5}
        value={file}
        error={fault}
        onChange={setFile}
      />
      <Button disabled={file.trim() === ''} onClick={take}>
        Translate
      </Button>
      {done && (
        <Note tone={done.notes.length > 0 ? 'warn' : 'accent'}>
          {done.notes.length === 0 ? (
            `Everything of ${done.from} was translated.`
          ) : (
            <>
              <p>Look at these before you publish:</p>
              <ul aria-label="Notes" className="list-disc pl-5">
                {done.notes.map((note) => (
                  <li key={note}>{note}</li>
                ))}
              </ul>
            </>
          )}
        </Note>
      )}
    </div>
  )
}
