import { call } from '../../api/call.ts'
import { useAction } from '../../api/use-action.ts'
import { refresh } from '../../api/use-api.ts'
import { Button } from '../../ui/Button.tsx'
import { ErrorNote } from '../../ui/ErrorNote.tsx'
import { notify } from '../../ui/notify.tsx'

/** Sends an event again, to the sinks that accept it now. */
export function Redeliver({ id }: { id: string }) {
  const again = useAction(async () => {
    await call('POST', `/v1/events/${id}/redeliver`)
    notify('Sent again')
    await refresh('/v1/workspaces/')
  })
  return (
    <>
      <Button pending={again.pending} onClick={() => void again.run()}>
        Send again
      </Button>
      {again.error !== undefined && <ErrorNote error={again.error} />}
    </>
  )
}
