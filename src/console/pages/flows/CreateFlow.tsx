import { lazy, Suspense, useMemo, useState } from 'react'
import { call } from '../../api/call.ts'
import type { Flow, Listener } from '../../api/types.ts'
import { useAction } from '../../api/use-action.ts'
import { refresh, useRead } from '../../api/use-api.ts'
import { useUncached } from '../../api/use-uncached.ts'
import { BLANK_FLOW, FLOW_EXAMPLES } from '../../flow/examples/examples.ts'
import { useFaults } from '../../flow/use-faults.ts'
import { yamlOf } from '../../flow/yaml.ts'
import { InWorkspace } from '../../frame/InWorkspace.tsx'
import { RoleNote } from '../../frame/RoleNote.tsx'
import { useWorkspace } from '../../frame/workspace.ts'
import { useGo, useQueryText } from '../../lib/navigation.ts'
import { Button, ButtonLink } from '../../ui/Button.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { Note } from '../../ui/Note.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { Radios, type Choice } from '../../ui/Radios.tsx'
import { Select } from '../../ui/Select.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { FaultList } from './FaultList.tsx'
import { FaultStatus } from './FaultStatus.tsx'
import { ImportFlow } from './ImportFlow.tsx'

const YamlEditor = lazy(() => import('../../flow/YamlEditor.tsx'))

type Start = 'blank' | 'example' | 'paste' | 'import' | 'copy'
const STARTS: readonly Choice<Start>[] = [
  { value: 'blank', label: 'Blank', hint: 'One step that answers.' },
  { value: 'example', label: 'From an example' },
  {
    value: 'paste',
    label: 'Paste YAML',
    hint: 'A document of the Serverless Workflow DSL, or one that was copied here.'
  },
  { value: 'import', label: 'Import', hint: 'A workflow of n8n, or a collection of Postman.' }
]

export default function CreateFlow() {
  const { canEdit } = useWorkspace()
  const [{ start = 'blank', from, listener, example = FLOW_EXAMPLES[0]?.value }, setQuery] = useQueryText()
  const [imported, setImported] = useState('')
  const copied = start === 'copy' && from !== undefined
  const choice = STARTS.find(({ value }) => value === start)?.value ?? 'blank'
  return (
    <>
      <PageHead
        title="Create flow"
        parent={{ to: '/flows', label: 'Flows' }}
        about="Its first version is published at once. A listener makes it callable."
      />
      <RoleNote />
      <InWorkspace>
        {({ id }) =>
          canEdit && (
            <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-[280px_minmax(0,1fr)]">
              {!copied && (
                <div className="panel stack p-4">
                  <Radios
                    legend="Start with"
                    value={choice}
                    choices={STARTS}
                    onChange={(next) => setQuery({ start: next === 'blank' ? undefined : next, from: undefined })}
                  />
                  {choice === 'example' && (
                    <Select
                      label="Example"
                      value={example ?? ''}
                      options={FLOW_EXAMPLES}
                      hint={FLOW_EXAMPLES.find(({ value }) => value === example)?.about}
                      onChange={(next) => setQuery({ example: next })}
                    />
                  )}
                  {choice === 'import' && <ImportFlow onImported={setImported} />}
                </div>
              )}
              {copied ? (
                <CopyOf flowId={from} workspaceId={id} />
              ) : (
                <Write
                  key={`${choice} ${example ?? ''} ${imported}`}
                  workspaceId={id}
                  first={choice === 'import' ? imported : textOf(choice, example)}
                  listenerId={listener}
                />
              )}
            </div>
          )
        }
      </InWorkspace>
    </>
  )
}

/** A copy needs another name, because two flows of a workspace cannot have the same. */
function CopyOf({ flowId, workspaceId }: { flowId: string; workspaceId: string }) {
  const flow = useUncached<Flow>(`/v1/flows/${flowId}`)
  return (
    <div className="lg:col-span-2">
      <Loaded query={flow}>
        {(data) => (
          <Write
            workspaceId={workspaceId}
            first={yamlOf(data).replace(/^(\s+name:\s*)(['"]?)([\w-]+)\2/m, '$1$3-copy')}
          />
        )}
      </Loaded>
    </div>
  )
}

function Write({
  workspaceId,
  first,
  listenerId
}: {
  workspaceId: string
  first: string
  /** The listener that will run the new flow. */
  listenerId?: string | undefined
}) {
  const go = useGo()
  const listener = useRead<Listener>(`/v1/listeners/${listenerId}`, { enabled: listenerId !== undefined })
  const [text, setText] = useState(first)
  const judged = useFaults(text)
  const empty = text.trim() === ''
  const valid = !empty && !judged.checking && judged.faults.length === 0
  const create = useAction(async () => {
    const made = await call<Flow>('POST', `/v1/workspaces/${workspaceId}/flows`, {
      raw: { type: 'application/yaml', text }
    })
    if (listenerId !== undefined) {
      await call('PATCH', `/v1/listeners/${listenerId}`, { body: { flowId: made.id } })
      await refresh('/v1/listeners')
    }
    await refresh('/v1/workspaces')
    await go(`/flows/${made.id}`)
  })
  const faults = useMemo(() => (empty ? [] : judged.faults), [empty, judged.faults])
  return (
    <div className="panel stack p-4">
      {create.error !== undefined && <ErrorNote error={create.error} />}
      {listener.data && <Note tone="accent">From then on the listener {listener.data.name} runs it.</Note>}
      <div className="row justify-between">
        <h2>YAML</h2>
        {!empty && <FaultStatus checking={judged.checking} faults={faults} />}
      </div>
      <Suspense fallback={<Skeleton lines={8} />}>
        <YamlEditor
          first={first}
          faults={faults}
          onChange={setText}
          onSave={() => {
            if (valid) void create.run()
          }}
        />
      </Suspense>
      <FaultList faults={faults} />
      <div className="row justify-end">
        <ButtonLink to="/flows">Cancel</ButtonLink>
        <Button look="primary" disabled={!valid} pending={create.pending} onClick={() => void create.run()}>
          Create flow
        </Button>
      </div>
    </div>
  )
}

function textOf(start: Start, example: string | undefined): string {
  if (start === 'paste' || start === 'import') return ''
  if (start === 'blank') return BLANK_FLOW
  return FLOW_EXAMPLES.find(({ value }) => value === example)?.text ?? BLANK_FLOW
}
