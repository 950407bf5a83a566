import { useState } from 'react'
import type { Flow } from '../../api/types.ts'
import { Button, ButtonLink } from '../../ui/Button.tsx'
import { Id } from '../../ui/Id.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { PublishDialog } from './PublishDialog.tsx'

/** The head of a flow: its name, the published version, and the button that publishes the latest one. */
export function FlowHead({ flow, canEdit, onPublished }: { flow: Flow; canEdit: boolean; onPublished: () => void }) {
  const { id, name, latestVersion, publishedVersion } = flow
  const [asking, setAsking] = useState(false)
  const ahead = latestVersion > publishedVersion
  return (
    <>
      <PageHead
        title={name}
        parent={{ to: '/flows', label: 'Flows' }}
        beside={
          <>
            {ahead && <Tag tone="accent">version {latestVersion} is not published</Tag>}
            <Id id={id} />
          </>
        }
        about={`Listeners run version ${publishedVersion}.`}
        actions={
          <>
            {latestVersion > 1 && (
              <ButtonLink
                to={`/flows/${id}/compare`}
                search={{
                  from: String(ahead ? publishedVersion : Math.max(1, latestVersion - 1)),
                  to: String(latestVersion)
                }}
              >
                Compare
              </ButtonLink>
            )}
            {canEdit && ahead && (
              <Button look="primary" onClick={() => setAsking(true)}>
                Publish…
              </Button>
            )}
          </>
        }
      />
      <PublishDialog
        flow={flow}
        version={latestVersion}
        open={asking}
        onClose={() => setAsking(false)}
        onPublished={onPublished}
      />
    </>
  )
}
