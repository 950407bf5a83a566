import { useState } from 'react'
import { call } from '../../api/call.ts'
import type { Listener, Run } from '../../api/types.ts'
import { useAction } from '../../api/use-action.ts'
import { refresh, useRead } from '../../api/use-api.ts'
import { useWorkspace } from '../../frame/workspace.ts'
import { copyText } from '../../lib/copy.ts'
import { useGo } from '../../lib/navigation.ts'
import { saveFile } from '../../lib/save-file.ts'
import { Button } from '../../ui/Button.tsx'
import { Confirm } from '../../ui/Confirm.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { MoreIcon } from '../../ui/icons.tsx'
import { Menu } from '../../ui/Menu.tsx'
import { notify } from '../../ui/notify.tsx'
import { replayRun } from './replay.ts'
import { runAsCurl } from './run-curl.ts'

export function RunActions({
  run,
  published,
  live,
  onChange
}: {
  run: Run
  published: number | undefined
  live: boolean
  onChange: () => void
}) {
  const { canEdit } = useWorkspace(run.workspaceId)
  const go = useGo()
  const [asking, setAsking] = useState(false)
  const replay = useAction(async () => go(`/runs/${await replayRun(run.id)}`))
  const other = published !== undefined && published !== run.flowVersion
  return (
    <>
      <More run={run} />
      {canEdit && live && (
        <Button look="danger" onClick={() => setAsking(true)}>
          Cancel run…
        </Button>
      )}
      {canEdit && (
        <Button
          look="primary"
          pending={replay.pending}
          title={other ? `Replays run the published version, ${published}; this ran ${run.flowVersion}` : undefined}
          onClick={() => void replay.run()}
        >
          Replay
        </Button>
      )}
      {replay.error !== undefined && <ErrorNote error={replay.error} />}
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        title="Cancel this run?"
        cancel="Keep it running"
        action="Cancel run"
        onConfirm={async () => {
          await call('POST', `/v1/runs/${run.id}/cancel`)
          notify('Run cancelled')
          onChange()
          await refresh('/v1/runs')
        }}
      >
        <p>The call it is making is aborted. What it has done already stays done.</p>
      </Confirm>
    </>
  )
}

function More({ run }: { run: Run }) {
  const go = useGo()
  const listener = useRead<Listener>(`/v1/listeners/${run.listenerId}`, { enabled: run.listenerId !== null })
  const url = listener.data?.url
  const copy = async (text: string): Promise<void> =>
    notify((await copyText(text)) ? 'Call copied' : 'This browser does not let pages copy')
  return (
    <Menu
      label="More"
      className="btn px-2"
      trigger={<MoreIcon />}
      groups={[
        {
          items: [
            ...(url === undefined
              ? []
              : [{ label: 'Copy as curl', onSelect: () => void copy(runAsCurl(run.input, url)) }]),
            {
              label: 'Open in simulator',
              onSelect: () => void go(`/flows/${run.flowId}`, { search: { simulate: run.id } })
            },
            {
              label: 'Download JSON',
              onSelect: () => saveFile(`${run.id}.json`, 'application/json', JSON.stringify(run, null, 2))
            }
          ]
        }
      ]}
    />
  )
}
