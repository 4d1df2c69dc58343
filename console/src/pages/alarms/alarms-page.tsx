import { useNavigate, useSearch } from '@tanstack/react-router'
import { Tabs } from 'antd'
import type { AlarmsPlace } from '#/app/page-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import { PageHeader } from '#/parts/small.tsx'
import '#/styles/intake.css'
import '#/styles/alarms.css'
import { AlarmList } from './alarm-list.tsx'
import { DeliveryLog } from './delivery-log.tsx'
import { RouteList } from './route-list.tsx'
import { SilenceList } from './silence-list.tsx'

export type AlarmsChange = { [K in keyof AlarmsPlace]?: AlarmsPlace[K] | undefined }

const TABS = ['list', 'routes', 'silences', 'log'] as const

/** What is wrong, who is told, what is silenced, and what was sent. */
export function AlarmsPage() {
  const { t } = useWording()
  const search = useSearch({ from: '/shell/alarms' })
  // The address is typed by people too: what is no tab of ours is the list.
  const tab = TABS.find((one) => one === search.tab) ?? 'list'
  const navigate = useNavigate({ from: '/alarms' })
  return (
    <div className={`hf-page ${tab === 'list' || tab === 'log' ? 'hf-page-list' : ''}`}>
      <PageHeader title={t('alarms.title')} lead={t('alarms.lead')} />
      <Tabs
        className="hf-alarm-tabs"
        activeKey={tab}
        onChange={(key) =>
          void navigate({ search: key === 'list' ? {} : { tab: key as NonNullable<AlarmsPlace['tab']> } })
        }
        items={TABS.map((key) => ({ key, label: t(`alarms.tab.${key}`) }))}
      />
      {tab === 'list' ? <AlarmList /> : null}
      {tab === 'routes' ? <RouteList /> : null}
      {tab === 'silences' ? <SilenceList /> : null}
      {tab === 'log' ? <DeliveryLog /> : null}
    </div>
  )
}
