import { lazy, Suspense, useState } from 'react'
import { useUncached } from '../../api/use-uncached.ts'
import type { Flow } from '../../api/types.ts'
import { yamlOf } from '../../flow/yaml.ts'
import { Button } from '../../ui/Button.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { Time } from '../../ui/Time.tsx'
import type { FlowVersion } from '../../api/types.ts'
import { authorName } from './author-name.ts'

const MergeText = lazy(() => import('../../flow/MergeText.tsx'))

/**
 * The note that somebody else saved first: it compares their version with this text, and then offers to save the text
 * as the next version.
 */
export function StaleNote({
  flow,
  latest,
  text,
  onSaveAnyway,
  pending
}: {
  flow: Flow
  latest: FlowVersion
  text: string
  onSaveAnyway: () => void
  pending: boolean
}) {
  const [comparing, setComparing] = useState(false)
  return (
    <>
      <div role="alert" className="flex flex-col gap-2 rounded-r-md border-l-3 border-bad bg-bad-soft px-3 py-2">
        <p>
          <strong>Not saved.</strong> The flow was changed by {authorName(latest.createdBy)}{' '}
          <Time at={latest.createdAt} />: version {latest.version} is not the one that this text was made from. Nothing
          was overwritten.
        </p>
        <div className="row">
          <Button aria-expanded={comparing} onClick={() => setComparing(!comparing)}>
            Compare
          </Button>
          {comparing && (
            <Button pending={pending} onClick={onSaveAnyway}>
              Save as version {latest.version + 1}
            </Button>
          )}
        </div>
      </div>
      {comparing && <Beside flowId={flow.id} version={latest.version} text={text} />}
    </>
  )
}

function Beside({ flowId, version, text }: { flowId: string; version: number; text: string }) {
  const saved = useUncached<Flow>(`/v1/flows/${flowId}`, { version })
  return (
    <Loaded query={saved}>
      {(data) => (
        <Suspense fallback={<Skeleton lines={6} />}>
          <MergeText
            before={{ label: `Version ${version}`, text: yamlOf(data) }}
            after={{ label: 'Your text', text }}
          />
        </Suspense>
      )}
    </Loaded>
  )
}
