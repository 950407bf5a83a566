import { outage } from '../api/outage.ts'
import { useTick } from '../lib/use-tick.ts'

/** The bar over the page while the gateway does not answer. It disappears by itself. */
export function OutageBar() {
  const current = outage.use()
  return current ? <Bar retryAt={current.retryAt} /> : null
}

function Bar({ retryAt }: { retryAt: number }) {
  useTick(1)
  const seconds = Math.ceil((retryAt - Date.now()) / 1000)
  return (
    <div
      className={
        'fixed inset-x-0 top-0 z-70 flex flex-wrap justify-center gap-1 ' +
        'border-b-2 border-bad bg-bad-soft px-4 py-2.5'
      }
    >
      <p role="alert" className="font-semibold">
        The gateway does not answer.
      </p>
      {/* Outside of the alert: a countdown must not be read out each second. */}
      <p>{seconds > 0 ? `Trying again in ${seconds} s.` : 'Trying again.'}</p>
    </div>
  )
}
