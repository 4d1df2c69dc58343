import { Link, useSearch } from '@tanstack/react-router'
import { useWording } from '#/i18n/language.tsx'
import { PageHeader } from '#/parts/small.tsx'
import '#/styles/intake.css'
import '#/styles/stock-flow.css'
import '#/styles/warehouses.css'
import '#/styles/waybills.css'
import { AccountsTab } from './accounts-tab.tsx'
import { SendersTab } from './senders-tab.tsx'
import { WaybillList } from './waybill-list.tsx'

const TABS = ['list', 'accounts', 'senders'] as const

/** Waybills, the accounts that make them, and who sends. */
export function WaybillsPage() {
  const { t } = useWording()
  const { tab } = useSearch({ from: '/shell/waybills' })
  const shown = TABS.find((one) => one === tab) ?? 'list'
  return (
    <div className={shown === 'list' ? 'hf-page hf-page-list' : 'hf-page'}>
      <PageHeader title={t('waybills.title')} lead={t('waybills.lead')} />
      <nav className="hf-views hf-wh-tabs" aria-label={t('waybills.tabs')}>
        <ul className="hf-views-flat">
          {TABS.map((one) => (
            <li key={one}>
              <Link
                to="/waybills"
                search={one === 'list' ? {} : { tab: one }}
                preload={false}
                className="hf-view"
                activeOptions={{ exact: true, includeSearch: true }}
                activeProps={{}}
                aria-current={one === shown ? 'page' : undefined}
              >
                {t(`waybills.tab.${one}`)}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      {shown === 'list' ? <WaybillList /> : null}
      {shown === 'accounts' ? <AccountsTab /> : null}
      {shown === 'senders' ? <SendersTab /> : null}
    </div>
  )
}
