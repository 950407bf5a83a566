import { call } from '../../api/call.ts'
import type { Flow, Schedule } from '../../api/types.ts'
import { refresh, useRead } from '../../api/use-api.ts'
import { useUncached } from '../../api/use-uncached.ts'
import { changesBetween } from '../../flow/changes.ts'
import { Confirm } from '../../ui/Confirm.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { notify } from '../../ui/notify.tsx'
import { useAllListeners } from '../tokens/listeners.ts'
import { ChangeList } from './ChangeList.tsx'

export interface PublishProps {
  flow: Flow
  version: number
  open: boolean
  onClose: () => void
  onPublished: () => void
}

/** Asks before listeners run another version, and shows the changes and the affected listeners. */
export function PublishDialog({ flow, version, open, onClose, onPublished }: PublishProps) {
  return (
    <Confirm
      open={open}
      onClose={onClose}
      title={`Publish version ${version}?`}
      action={`Publish version ${version}`}
      danger={false}
      onConfirm={async () => {
        await call('POST', `/v1/flows/${flow.id}/publish`, { body: { version } })
        notify(`Version ${version} published`)
        onPublished()
        await refresh('/v1/workspaces', `/v1/flows/${flow.id}`)
      }}
    >
      <Touched flow={flow} />
      <Changes flow={flow} version={version} />
    </Confirm>
  )
}

function Touched({ flow }: { flow: Flow }) {
  const { listeners } = useAllListeners()
  const schedule = useRead<Schedule>(`/v1/flows/${flow.id}/schedule`)
  const using = listeners.filter(({ flowId }) => flowId === flow.id)
  return (
    <>
      {using.length === 0 ? (
        <p>No listener runs this flow.</p>
      ) : (
        <>
          <p>From the next call on it is what these listeners run:</p>
          <ul className="list-disc pl-5">
            {using.map(({ id, name }) => (
              <li key={id} className="break-words">
                {name}
              </li>
            ))}
          </ul>
        </>
      )}
      {schedule.data && <p>The flow starts by a schedule: from its next time on by that of this version.</p>}
    </>
  )
}

function Changes({ flow, version }: { flow: Flow; version: number }) {
  const before = useUncached<Flow>(`/v1/flows/${flow.id}`, { version: flow.publishedVersion })
  const after = useUncached<Flow>(`/v1/flows/${flow.id}`, { version })
  return (
    <section aria-label="Changes" className="rounded-md border border-line p-3">
      <h3 className="mb-1">Changes to version {flow.publishedVersion}</h3>
      <Loaded query={before}>
        {(old) => (
          <Loaded query={after}>{(now) => <ChangeList changes={changesBetween(old.document, now.document)} />}</Loaded>
        )}
      </Loaded>
    </section>
  )
}
