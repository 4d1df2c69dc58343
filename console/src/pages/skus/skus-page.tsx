import { Link, useSearch } from '@tanstack/react-router'
import { useWording } from '#/i18n/language.tsx'
import { PageHeader } from '#/parts/small.tsx'
import '#/styles/intake.css'
import '#/styles/skus.css'
import { MappingList } from './mapping-list.tsx'
import { UnmatchedList } from './unmatched-list.tsx'

const TABS = ['unmatched', 'mapping'] as const

/** Which stock SKU stands behind a shop's code: what nobody has said yet, and what was said. */
export function SkusPage() {
  const { t } = useWording()
  const { tab } = useSearch({ from: '/shell/skus' })
  const shown = tab ?? 'unmatched'
  return (
    <div className="hf-page hf-page-list">
      <PageHeader title={t('skus.title')} lead={t('skus.lead')} />
      {shown === 'mapping' ? <MappingList tabs={<SkuTabs shown={shown} />} /> : null}
      {shown === 'unmatched' ? <UnmatchedList tabs={<SkuTabs shown={shown} />} /> : null}
    </div>
  )
}

function SkuTabs({ shown }: { readonly shown: (typeof TABS)[number] }) {
  const { t } = useWording()
  return (
    <nav className="hf-views" aria-label={t('skus.tabs')}>
      <ul className="hf-views-flat">
        {TABS.map((tab) => (
          <li key={tab}>
            <Link
              to="/skus"
              search={tab === 'mapping' ? { tab } : {}}
              preload={false}
              className="hf-view"
              activeOptions={{ exact: true, includeSearch: true }}
              activeProps={{}}
              aria-current={tab === shown ? 'page' : undefined}
            >
              {t(`skus.tab.${tab}`)}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}
