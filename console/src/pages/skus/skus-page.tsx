import { Link, useSearch } from '@tanstack/react-router'
import { useWording } from '#/i18n/language.tsx'
import { PageHeader } from '#/parts/small.tsx'
import '#/styles/intake.css'
import '#/styles/skus.css'
import { MappingList } from './mapping-list.tsx'
import { ProfileList } from './profile-list.tsx'
import { UnmatchedList } from './unmatched-list.tsx'

const TABS = ['unmatched', 'mapping', 'profiles'] as const

/** Which stock SKU stands behind a shop's code, and what is known of the SKU itself. */
export function SkusPage() {
  const { t } = useWording()
  const { tab } = useSearch({ from: '/shell/skus' })
  const shown = tab ?? 'unmatched'
  return (
    <div className="hf-page hf-page-list">
      <PageHeader
        title={t(shown === 'profiles' ? 'skuProfiles.title' : 'skus.title')}
        lead={t(shown === 'profiles' ? 'skuProfiles.lead' : 'skus.lead')}
      />
      {shown === 'mapping' ? <MappingList tabs={<SkuTabs shown={shown} />} /> : null}
      {shown === 'profiles' ? <ProfileList tabs={<SkuTabs shown={shown} />} /> : null}
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
              search={tab === 'unmatched' ? {} : { tab }}
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
