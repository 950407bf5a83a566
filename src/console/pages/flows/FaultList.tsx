import type { Fault } from '../../flow/yaml.ts'

/** The faults of the text, each with a link to its place. */
export function FaultList({ faults, onGo }: { faults: readonly Fault[]; onGo?: (fault: Fault) => void }) {
  if (faults.length === 0) return null
  return (
    <ul aria-label="Faults" className="flex flex-col gap-1.5">
      {faults.map((fault, index) => (
        <li key={index} className="rounded-r-md border-l-3 border-bad bg-bad-soft px-3 py-1.5 break-words">
          <FaultPlace fault={fault} onGo={onGo} /> {fault.pointer && <code>{fault.pointer}</code>} {fault.message}
        </li>
      ))}
    </ul>
  )
}

function FaultPlace({ fault, onGo }: { fault: Fault; onGo: ((fault: Fault) => void) | undefined }) {
  if (fault.line === undefined) return null
  const words = `Line ${fault.line}.`
  if (!onGo) return <strong>{words}</strong>
  return (
    <button
      type="button"
      className="font-semibold text-accent underline underline-offset-2"
      onClick={() => onGo(fault)}
    >
      {words}
    </button>
  )
}
