import type { Fault } from '../../flow/yaml.ts'
import { plural } from '../../lib/plural.ts'
import { Tag } from '../../ui/Tag.tsx'

/** "Valid", "2 faults": read out when it changes. */
export function FaultStatus({ checking, faults }: { checking: boolean; faults: readonly Fault[] }) {
  return (
    <span role="status">
      {faults.length > 0 ? (
        <Tag tone="bad">{plural(faults.length, 'fault')}</Tag>
      ) : (
        <Tag tone={checking ? 'plain' : 'ok'}>{checking ? 'Checking…' : 'Valid'}</Tag>
      )}
    </span>
  )
}
