import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { get } from '#/api/client.ts'
import { LEVEL_SHOWS, type StockSummary } from '#/api/stock-types.ts'
import type { StockPlace } from '#/app/page-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import { Figures } from '#/parts/figures.tsx'
import { PageHeader } from '#/parts/small.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import '#/styles/intake.css'
import '#/styles/skus.css'
import '#/styles/stock.css'
import { LedgerCheckList } from './ledger-check.tsx'
import { LevelDrawer } from './level-drawer.tsx'
import { QuotaList } from './quota-list.tsx'
import { StockList } from './stock-list.tsx'

export type StockChange = { [K in keyof StockPlace]?: StockPlace[K] | undefined }

/** What is there, what is held of it, what can be sold; down to every movement and hold. */
export function StockPage() {
  const { t } = useWording()
  const { tab, open, at, order: _order, message: _message, ...filter } = useSearch({ from: '/shell/stock' })
  const navigate = useNavigate({ from: '/stock' })
  const change = (part: StockChange) =>
    void navigate({ search: (previous) => ({ ...previous, ...part }) as StockPlace, replace: true })
  const summary = useQuery({
    queryKey: ['stock-summary'],
    queryFn: ({ signal }) => get<StockSummary>('/api/stock/summary', {}, signal),
    refetchInterval: 10_000,
  }).data
  const tabs = <StockTabs summary={summary} tab={tab} show={filter.show} />
  return (
    <div className="hf-page hf-page-list">
      <PageHeader title={t('stock.title')} lead={t('stock.lead')} />
      {summary && summary.levels > 0 ? <Overview summary={summary} /> : null}
      {tab === 'ledger' ? (
        <LedgerCheckList tabs={tabs} />
      ) : tab === 'quotas' ? (
        <QuotaList tabs={tabs} filter={filter} onChange={change} />
      ) : (
        <StockList
          tabs={tabs}
          filter={filter}
          openAt={open === undefined ? undefined : { sku: open, warehouse: at ?? '' }}
          summary={summary}
          onChange={change}
        />
      )}
      {open !== undefined && at !== undefined ? (
        <LevelDrawer
          key={`${open}\n${at}`}
          sku={open}
          warehouse={at}
          onClose={() => change({ open: undefined, at: undefined })}
        />
      ) : null}
    </div>
  )
}

function Overview({ summary }: { readonly summary: StockSummary }) {
  const { t, count } = useWording()
  return (
    <div className="hf-stock-top">
      <Figures
        items={(['skus', 'physical', 'locked', 'reserved', 'inTransit', 'sellable'] as const).map((name) => [
          t(`stock.figure.${name}`),
          count(summary[name]),
        ])}
      />
      <span className="hf-faint">
        {t('stock.asOf', { t: '' })}
        <TimeText at={summary.at} />
      </span>
    </div>
  )
}

function StockTabs({
  summary,
  tab,
  show,
}: {
  readonly summary: StockSummary | undefined
  readonly tab: string | undefined
  readonly show: string | undefined
}) {
  const { t, count } = useWording()
  const tabs = [
    { key: 'all', search: {}, n: summary?.skus, on: tab === undefined && show === undefined, urgent: false },
    ...LEVEL_SHOWS.map((one) => ({
      key: one,
      search: { show: one },
      n: summary?.[one],
      on: tab === undefined && show === one,
      urgent: (one === 'negative' || one === 'short') && (summary?.[one] ?? 0) > 0,
    })),
    { key: 'quotas', search: { tab: 'quotas' as const }, n: undefined, on: tab === 'quotas', urgent: false },
    { key: 'ledger', search: { tab: 'ledger' as const }, n: undefined, on: tab === 'ledger', urgent: false },
  ] as const
  return (
    <nav className="hf-views" aria-label={t('stock.tabs')}>
      <ul className="hf-views-flat">
        {tabs.map(({ key, search, n, on, urgent }) => (
          <li key={key}>
            <Link
              to="/stock"
              search={search}
              preload={false}
              className="hf-view"
              activeOptions={{ exact: true, includeSearch: true }}
              activeProps={{}}
              aria-current={on ? 'page' : undefined}
            >
              {t(`stock.tab.${key}`)}
              {n === undefined ? null : (
                <span className={`hf-view-count ${urgent ? 'hf-view-urgent' : ''}`}>{count(n)}</span>
              )}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}
