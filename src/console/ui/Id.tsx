import { Copy } from './Copy.tsx'

const HEAD = 8
const TAIL = 5

/** "run_bFYt…meZMF": an id shortened for small spaces. */
export function shortId(id: string): string {
  return id.length <= HEAD + TAIL + 1 ? id : `${id.slice(0, HEAD)}…${id.slice(-TAIL)}`
}

/** An id: shortened in tables, complete and with a button to copy it on a page. */
export function Id({ id, short = false, label = 'Copy id' }: { id: string; short?: boolean; label?: string }) {
  if (short) {
    return (
      <code title={id} className="whitespace-nowrap">
        {shortId(id)}
      </code>
    )
  }
  return (
    <span className="inline-flex max-w-full min-w-0 items-center gap-1">
      <code className="dim break-all">{id}</code>
      <Copy text={id} label={label} done="Id copied" icon />
    </span>
  )
}
