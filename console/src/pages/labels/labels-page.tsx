import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import type { LabelsPlace } from '#/app/parcel-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import { PageHeader } from '#/parts/small.tsx'
import '#/styles/intake.css'
import '#/styles/labels.css'
import { BatchDrawer } from './batch-drawer.tsx'
import { BatchesTab } from './batches-tab.tsx'
import { FontsTab } from './fonts-tab.tsx'
import { PendingTab } from './pending-tab.tsx'
import { QueueTab } from './queue-tab.tsx'
import { TemplatesTab } from './templates-tab.tsx'

const TABS = ['pending', 'batches', 'queue', 'templates', 'fonts'] as const
export type LabelsChange = { [K in keyof LabelsPlace]?: LabelsPlace[K] | undefined }

/** Labels: what is to be printed, what was, on which printer, by which template. */
export function LabelsPage() {
  const { t } = useWording()
  const { tab: asked, q, batch } = useSearch({ from: '/shell/labels' })
  const tab = TABS.find((one) => one === asked) ?? 'pending'
  const navigate = useNavigate({ from: '/labels' })
  const change = (part: LabelsChange) =>
    void navigate({ search: (previous) => ({ ...previous, ...part }) as LabelsPlace, replace: true })
  const tabs = <LabelTabs shown={tab} />
  return (
    <div className="hf-page hf-page-list">
      <PageHeader title={t('labels.title')} lead={t('labels.lead')} />
      {tab === 'pending' ? <PendingTab tabs={tabs} q={q} onChange={change} /> : null}
      {tab === 'batches' ? <BatchesTab tabs={tabs} onChange={change} /> : null}
      {tab === 'queue' ? <QueueTab tabs={tabs} onChange={change} /> : null}
      {tab === 'templates' ? <TemplatesTab tabs={tabs} /> : null}
      {tab === 'fonts' ? <FontsTab tabs={tabs} /> : null}
      {batch === undefined ? null : (
        <BatchDrawer key={batch} id={batch} onClose={() => change({ batch: undefined })} />
      )}
    </div>
  )
}

function LabelTabs({ shown }: { readonly shown: (typeof TABS)[number] }) {
  const { t } = useWording()
  return (
    <nav className="hf-views" aria-label={t('labels.tabs')}>
      <ul className="hf-views-flat">
        {TABS.map((tab) => (
          <li key={tab}>
            <Link
              to="/labels"
              search={tab === 'pending' ? {} : { tab }}
              preload={false}
              className="hf-view"
              activeOptions={{ exact: true, includeSearch: true }}
              activeProps={{}}
              aria-current={tab === shown ? 'page' : undefined}
            >
              {t(`labels.tab.${tab}`)}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}
