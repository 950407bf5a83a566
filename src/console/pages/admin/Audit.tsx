import type { Account, Page } from '../../api/types.ts'
import { useRead } from '../../api/use-api.ts'
import { PageHead } from '../../ui/PageHead.tsx'
import { AuditLog } from '../audit/AuditLog.tsx'

const ACCOUNTS_READ = 200
const PAGE = { to: '/admin/audit' }

export default function Audit() {
  const { data } = useRead<Page<Account>>('/v1/admin/accounts', { query: { limit: ACCOUNTS_READ } })
  const names = new Map((data?.items ?? []).map(({ id, email }) => [id, email]))
  return (
    <>
      <PageHead title="Audit log" about="Every change, sign-in and refused password, with who it was and from where." />
      <AuditLog path="/v1/admin/audit" page={PAGE} names={names} />
    </>
  )
}
