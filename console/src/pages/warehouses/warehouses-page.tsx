import { Link, useSearch } from '@tanstack/react-router'
import { useWording } from '#/i18n/language.tsx'
import { PageHeader } from '#/parts/small.tsx'
import '#/styles/intake.css'
import '#/styles/skus.css'
import '#/styles/warehouses.css'
import { AbilitiesTab } from './abilities-tab.tsx'
import { CaptureTab } from './capture-tab.tsx'
import { FindingsTab } from './findings-tab.tsx'
import { LanesTab } from './lanes-tab.tsx'
import { OnboardingTab } from './onboarding/onboarding-tab.tsx'
import { RoutesTab } from './routes-tab.tsx'
import { WarehouseList } from './warehouse-list.tsx'

const TABS = ['list', 'services', 'lanes', 'onboarding', 'capture', 'findings', 'routes'] as const
type Tab = (typeof TABS)[number]

/** The warehouses, how their own systems are connected, and how well that goes. */
export function WarehousesPage() {
  const { t } = useWording()
  const { tab } = useSearch({ from: '/shell/warehouses' })
  const shown = TABS.find((one) => one === tab) ?? 'list'
  return (
    <div className="hf-page">
      <PageHeader title={t('warehouses.title')} lead={t('warehouses.lead')} />
      <Tabs shown={shown} />
      {shown === 'list' ? <WarehouseList /> : null}
      {shown === 'services' ? <AbilitiesTab /> : null}
      {shown === 'lanes' ? <LanesTab /> : null}
      {shown === 'onboarding' ? <OnboardingTab /> : null}
      {shown === 'capture' ? <CaptureTab /> : null}
      {shown === 'findings' ? <FindingsTab /> : null}
      {shown === 'routes' ? <RoutesTab /> : null}
    </div>
  )
}

function Tabs({ shown }: { readonly shown: Tab }) {
  const { t } = useWording()
  return (
    <nav className="hf-views hf-wh-tabs" aria-label={t('warehouses.tabs')}>
      <ul className="hf-views-flat">
        {TABS.map((tab) => (
          <li key={tab}>
            <Link
              to="/warehouses"
              search={tab === 'list' ? {} : { tab }}
              preload={false}
              className="hf-view"
              activeOptions={{ exact: true, includeSearch: true }}
              activeProps={{}}
              aria-current={tab === shown ? 'page' : undefined}
            >
              {t(`warehouses.tab.${tab}`)}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}
