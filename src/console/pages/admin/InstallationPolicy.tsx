import { useRead } from '../../api/use-api.ts'
import { Loaded } from '../../ui/Loaded.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import type { Policy } from '../policy/policy.ts'
import { PolicyForm } from '../policy/PolicyForm.tsx'

const PATH = '/v1/admin/policy'

/** The policy for every account and token of the installation. */
export default function InstallationPolicy() {
  const policy = useRead<Policy>(PATH)
  return (
    <>
      <PageHead
        title="Policy"
        parent={{ to: '/admin/accounts', label: 'Accounts' }}
        about="Binds every token here. A workspace can have a stricter one."
      />
      <Loaded query={policy}>
        {(data) => (
          <PolicyForm
            key={JSON.stringify(data)}
            path={PATH}
            policy={data}
            factorHint="Admins, and owners of workspaces, need one for what only they may do."
            domainsHint="One a line. Only e-mails of these domains may sign up."
          />
        )}
      </Loaded>
    </>
  )
}
