import type { Workspace } from '../../api/types.ts'
import { useWorkspace } from '../../frame/workspace.ts'
import { Facts } from '../../ui/Facts.tsx'
import { Id } from '../../ui/Id.tsx'
import { PublicKeys } from './PublicKeys.tsx'
import { RotateSecret } from './RotateSecret.tsx'
import { VerificationForm } from './VerificationForm.tsx'

/** The settings that verify the tokens which customers' back ends sign. */
export function CustomersTokensTab({ workspace }: { workspace: Workspace }) {
  const { isOwner } = useWorkspace()
  const { key, jwksUri, secretKeyAuth, algorithms, maxTokenSeconds } = workspace
  return (
    <div className="stack">
      <p className="dim max-w-[72ch]">
        Your customers&apos; back end signs a JWT for each of them. It names this workspace by its key{' '}
        <Id id={key} label="Copy key" />, and is signed with the secret or with a key that is registered here.
      </p>
      {isOwner ? (
        <>
          <RotateSecret workspace={workspace} />
          <VerificationForm workspace={workspace} />
        </>
      ) : (
        <div className="panel p-4">
          <Facts
            facts={[
              ['Signed with the secret', secretKeyAuth ? 'taken' : 'refused'],
              ['JWKS URL', jwksUri ?? 'none'],
              ['Algorithms', algorithms?.join(', ') ?? 'every one that fits a key'],
              ['Longest life', maxTokenSeconds ? `${maxTokenSeconds} seconds` : 'no bound']
            ]}
          />
        </div>
      )}
      <PublicKeys workspace={workspace} />
    </div>
  )
}
