import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { get } from '#/api/client.ts'
import type { HoldTally, UnlockRequest } from '#/api/stock-types.ts'
import type { Page } from '#/api/types.ts'
import type { HoldsPlace } from '#/app/page-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import { PageHeader } from '#/parts/small.tsx'
import '#/styles/intake.css'
import '#/styles/skus.css'
import '#/styles/stock.css'
import { HoldDrawer } from './hold-drawer.tsx'
import { HoldList } from './hold-list.tsx'
import { UnlockDrawer } from './unlock-drawer.tsx'
import { UnlockList } from './unlock-list.tsx'

export type HoldsChange = { [K in keyof HoldsPlace]?: HoldsPlace[K] | undefined }
const TABS = ['held', 'overdue', 'unlocks', 'ended'] as const
export type HoldsTab = (typeof TABS)[number]

/** Who holds goods and why; old locks are renewed or asked to be freed, and requests decided. */
export function HoldsPage() {
  const { t } = useWording()
  const {
    tab,
    hold,
    unlock,
    order: _order,
    message: _message,
    ...filter
  } = useSearch({ from: '/shell/holds' })
  const navigate = useNavigate({ from: '/holds' })
  const change = (part: HoldsChange) =>
    void navigate({ search: (previous) => ({ ...previous, ...part }) as HoldsPlace, replace: true })
  const tabs = <HoldTabs shown={tab ?? 'held'} />
  return (
    <div className="hf-page hf-page-list">
      <PageHeader title={t('holds.title')} lead={t('holds.lead')} />
      {tab === 'unlocks' ? (
        <UnlockList tabs={tabs} filter={filter} openId={unlock} onChange={change} />
      ) : (
        <HoldList
          key={tab ?? 'held'}
          tab={tab ?? 'held'}
          tabs={tabs}
          filter={filter}
          openId={hold}
          onChange={change}
        />
      )}
      {hold === undefined ? null : (
        <HoldDrawer key={hold} id={hold} onClose={() => change({ hold: undefined })} onChange={change} />
      )}
      {unlock === undefined ? null : (
        <UnlockDrawer key={unlock} id={unlock} onClose={() => change({ unlock: undefined })} />
      )}
    </div>
  )
}

function HoldTabs({ shown }: { readonly shown: HoldsTab }) {
  const { t, count } = useWording()
  const tally = useQuery({
    queryKey: ['hold-summary'],
    queryFn: ({ signal }) => get<HoldTally>('/api/stock/holds/summary', {}, signal),
    refetchInterval: 5_000,
  }).data
  const waiting = useQuery({
    queryKey: ['unlock-waiting'],
    queryFn: async ({ signal }) =>
      (
        await get<Page<UnlockRequest> & { waiting: number }>(
          '/api/stock/unlocks',
          { state: 'waiting', limit: 1 },
          signal,
        )
      ).waiting,
    refetchInterval: 5_000,
  }).data
  const counts: Readonly<Record<HoldsTab, number | undefined>> = {
    held: tally?.held,
    overdue: tally?.overdue,
    unlocks: waiting,
    ended: undefined,
  }
  return (
    <nav className="hf-views" aria-label={t('holds.tabs')}>
      <ul className="hf-views-flat">
        {TABS.map((tab) => {
          const n = counts[tab]
          const urgent = (tab === 'overdue' || tab === 'unlocks') && (n ?? 0) > 0
          return (
            <li key={tab}>
              <Link
                to="/holds"
                search={tab === 'held' ? {} : { tab }}
                preload={false}
                className="hf-view"
                activeOptions={{ exact: true, includeSearch: true }}
                activeProps={{}}
                aria-current={tab === shown ? 'page' : undefined}
              >
                {t(`holds.tab.${tab}`)}
                {n === undefined ? null : (
                  <span className={`hf-view-count ${urgent ? 'hf-view-urgent' : ''}`}>{count(n)}</span>
                )}
              </Link>
            </li>
          )
        })}
      </ul>
    </nav>
  )
}
