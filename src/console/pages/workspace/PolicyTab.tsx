import type { Workspace } from '../../api/types.ts'
import { useRead } from '../../api/use-api.ts'
import { useWorkspace } from '../../frame/workspace.ts'
import { Loaded } from '../../ui/Loaded.tsx'
import { type Policy, rulesInWords } from '../policy/policy.ts'
import { PolicyForm } from '../policy/PolicyForm.tsx'
import { WORKSPACES } from './workspaces.ts'

/** The policy for tokens that reach the workspace, in addition to the policy of the installation. */
export function PolicyTab({ workspace: { id } }: { workspace: Workspace }) {
  const { isOwner } = useWorkspace()
  const path = `${WORKSPACES}/${id}/policy`
  const policy = useRead<Policy>(path)
  return (
    <div className="stack">
      <p className="dim max-w-[72ch]">
        Binds tokens that reach this workspace, beside the policy of the installation: the stricter rule holds.
      </p>
      <Loaded query={policy}>
        {(data) =>
          isOwner ? (
            <PolicyForm
              key={JSON.stringify(data)}
              path={path}
              policy={data}
              factorHint="Owners need one for what only they may do."
              domainsHint="One a line. Only e-mails of these domains may be invited."
            />
          ) : (
            <Rules policy={data} />
          )
        }
      </Loaded>
    </div>
  )
}

function Rules({ policy }: { policy: Policy }) {
  const rules = rulesInWords(policy)
  if (rules.length === 0) return <p>It has no rules of its own.</p>
  return (
    <ul className="list-disc pl-5">
      {rules.map((rule) => (
        <li key={rule}>{rule}</li>
      ))}
    </ul>
  )
}
