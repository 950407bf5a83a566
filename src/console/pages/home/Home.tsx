import { useRead } from '../../api/use-api.ts'
import type { Page, RunSummary, Token } from '../../api/types.ts'
import { useWorkspace } from '../../frame/workspace.ts'
import { ButtonLink } from '../../ui/Button.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { CallsOfTheDay } from './CallsOfTheDay.tsx'
import { GetStarted } from './GetStarted.tsx'
import { NeedsAttention } from './NeedsAttention.tsx'
import { RecentFailures } from './RecentFailures.tsx'
import { RecentRuns } from './RecentRuns.tsx'

const EVERY_MS = 5_000
const READ = 50

export default function Home() {
  const { workspace } = useWorkspace()
  const tokens = useRead<Page<Token>>('/v1/tokens', { query: { limit: 200 } })
  const runs = useRead<Page<RunSummary>>('/v1/runs', { query: { limit: READ }, every: EVERY_MS })
  return (
    <>
      <PageHead
        title="Home"
        actions={
          <ButtonLink to="/tokens/new" look="primary">
            Create token
          </ButtonLink>
        }
      />
      {tokens.data && runs.data && <GetStarted tokens={tokens.data.items} runs={runs.data.items} />}
      <NeedsAttention tokens={tokens.data?.items ?? []} runs={runs.data?.items ?? []} workspace={workspace} />
      {workspace && <CallsOfTheDay key={workspace.id} workspaceId={workspace.id} />}
      <RecentFailures />
      <RecentRuns runs={runs} />
    </>
  )
}
