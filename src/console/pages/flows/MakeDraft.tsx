import { call } from '../../api/call.ts'
import { useAction } from '../../api/use-action.ts'
import type { Flow } from '../../api/types.ts'
import { yamlOf } from '../../flow/yaml.ts'
import { useGo } from '../../lib/navigation.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { keepDraft } from './draft.ts'

/** Takes the text of an older version into the editor, as a draft on the latest. */
export function MakeDraft({ flow, version }: { flow: Flow; version: string }) {
  const go = useGo()
  const make = useAction(async () => {
    const text = yamlOf(await call<Flow>('GET', `/v1/flows/${flow.id}`, { query: { version } }))
    keepDraft(flow.id, { text, version: flow.latestVersion, at: new Date().toISOString() })
    await go(`/flows/${flow.id}`)
  })
  return (
    <>
      <Button pending={make.pending} onClick={() => void make.run()}>
        Make a draft of version {version}
      </Button>
      {make.error !== undefined && <ErrorNote error={make.error} />}
    </>
  )
}
