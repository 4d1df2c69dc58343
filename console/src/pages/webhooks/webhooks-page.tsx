import { Link, useSearch } from '@tanstack/react-router'
import { useWording } from '#/i18n/language.tsx'
import { PageHeader } from '#/parts/small.tsx'
import '#/styles/intake.css'
import '#/styles/stock-flow.css'
import '#/styles/warehouses.css'
import '#/styles/waybills.css'
import '#/styles/webhooks.css'
import { DeliveryList } from './delivery-list.tsx'
import { EndpointsTab } from './endpoints-tab.tsx'

const TABS = ['endpoints', 'deliveries'] as const

/** Who is told of events, and what was sent. */
export function WebhooksPage() {
  const { t } = useWording()
  const { tab } = useSearch({ from: '/shell/webhooks' })
  const shown = TABS.find((one) => one === tab) ?? 'endpoints'
  return (
    <div className={shown === 'deliveries' ? 'hf-page hf-page-list' : 'hf-page'}>
      <PageHeader title={t('webhooks.title')} lead={t('webhooks.lead')} />
      <nav className="hf-views hf-wh-tabs" aria-label={t('webhooks.tabs')}>
        <ul className="hf-views-flat">
          {TABS.map((one) => (
            <li key={one}>
              <Link
                to="/webhooks"
                search={one === 'endpoints' ? {} : { tab: one }}
                preload={false}
                className="hf-view"
                activeOptions={{ exact: true, includeSearch: true }}
                activeProps={{}}
                aria-current={one === shown ? 'page' : undefined}
              >
                {t(`webhooks.tab.${one}`)}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      {shown === 'endpoints' ? <EndpointsTab /> : <DeliveryList />}
    </div>
  )
}
